"""Makes the learned files of the services from declared data; never run by them."""
