"""A city to practise on: websites, accounts, a name server and a mailbox on loopback, with faults one can switch.

It knows nothing of govwatch's code: what it offers is what the real world offers, and what a person does in it
goes through pages and public interfaces.
"""
