"""What a change of a pipelines repo means: for its pipelines, for the services that include them, for its next tag."""
