"""Training of the entailment model that ships: data by construction, human labels, the network, its export."""
