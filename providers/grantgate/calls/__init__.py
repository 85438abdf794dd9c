"""
What it takes to ask AWS: clients, where a call may go, how long it may take, what came back, and what an error means.

Nothing here knows a lookup or Pulumi; the lookups beside this folder say what to ask and what to make of the answer.
"""
