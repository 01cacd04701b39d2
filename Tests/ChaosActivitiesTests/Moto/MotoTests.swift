import TestSupport
import Testing

/// The tests that share the state of one moto, one after the other.
@Suite(.serialized, .enabled(if: Workspace.hasPython, "chaosaws and moto are missing: run ./build.sh setup"))
enum MotoTests {}
