"""The tables of all textbook facts beside the kernel's own: a module a topic, each with properties, SAYINGS and TRAPS."""

from tests.theory.proof import curve_facts, entrywise_facts, expansion_facts, flow_facts, mean_value_facts, number_curve_facts, plane_facts

MODULES = (curve_facts, entrywise_facts, expansion_facts, flow_facts, mean_value_facts, number_curve_facts, plane_facts)
SAYINGS = {name: case for module in MODULES for name, case in module.SAYINGS.items()}
TRAPS = {name: attempt for module in MODULES for name, attempt in module.TRAPS.items()}
assert len(SAYINGS) == sum(len(module.SAYINGS) for module in MODULES), "two topics say the same fact"
assert len(TRAPS) == sum(len(module.TRAPS) for module in MODULES), "two topics have a trap of one name"
