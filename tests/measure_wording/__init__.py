"""The wording of a model that can't be called here, measured from its recorded replies: docs/internals/recorded-model.md."""
