"""The capture as a witness: in what order its packets were, which are copies, what it lacks, and what follows from that. Hot."""
