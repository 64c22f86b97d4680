"""What an advert or a CV says: occupation, skills, languages, pay, schedule."""
