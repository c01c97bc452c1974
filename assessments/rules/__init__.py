"""Pure rules: what a policy says of a system, its evidence and the people who decide.

Nothing here knows Django, a clock or a file. Each module has a VERSION that is stored with what
it returned, so that an old result can be read by the rule that made it.
"""
