"""What is done to the processes, a file for each kind of fault.

A scenario takes the ground to play on and how much of it, and gives figures. The long
form is `make faults`; the tests play the same with small numbers.
"""
