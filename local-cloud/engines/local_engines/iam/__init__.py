"""Enforcement of IAM policies: what the emulator's own evaluator lacks, and the same evaluator for the engines."""
