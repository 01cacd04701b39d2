import JSON

extension JSONValue {
    /// Whether Python takes the value for true in an `if`: not null, not false, not zero, not empty.
    var isTruthy: Bool { Python.isTrue(self) }
}
