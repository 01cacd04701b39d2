import HTTPTypes

extension HTTPField.Name {
    static let requestID = named("Lambda-Runtime-Aws-Request-Id")
    static let invocationID = named("Lambda-Runtime-Invocation-Id")
    static let deadline = named("Lambda-Runtime-Deadline-Ms")
    static let functionARN = named("Lambda-Runtime-Invoked-Function-Arn")
    static let traceID = named("Lambda-Runtime-Trace-Id")
    static let responseMode = named("Lambda-Runtime-Function-Response-Mode")
    static let errorType = named("Lambda-Runtime-Function-Error-Type")
    static let errorBody = named("Lambda-Runtime-Function-Error-Body")
    static let extensionIdentifier = named("Lambda-Extension-Identifier")

    /// These names are all valid; the fallback only spares a force unwrap.
    private static func named(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .contentType }
}
