/// What the permissions of Lambda can be limited to.
extension PolicyResources {
    private static let function = Kind(targets: ["lambda:function"], service: "lambda") { "function:\($0)" }
    private static let functionVersion = Kind(targets: ["lambda:function"], service: "lambda") { "function:\($0):*" }
    private static let mapping = Kind(targets: ["lambda:event-source-mapping"], service: "lambda") {
        "event-source-mapping:\($0)"
    }
    /// An undo makes a mapping whose UUID nobody knows before.
    private static let anyMapping = Kind(targets: [], service: "lambda") { "event-source-mapping:\($0)" }
    /// The parameter of failure-lambda; a name that begins with a slash has no second one in its ARN.
    private static let failureParameter = Kind(targets: ["ssm:parameter"], service: "ssm") { id in
        "parameter/\(id.hasPrefix("/") ? String(id.dropFirst()) : id)"
    }

    static let lambda: [String: [Kind]] = [
        "lambda:PutFunctionConcurrency": [function], "lambda:DeleteFunctionConcurrency": [function],
        "lambda:GetFunctionConcurrency": [function], "lambda:GetFunctionConfiguration": [function, functionVersion],
        "lambda:ListTags": [function, mapping], "lambda:InvokeFunction": [function, functionVersion],
        "lambda:UpdateFunctionConfiguration": [function],
        "lambda:GetEventSourceMapping": [mapping], "lambda:DeleteEventSourceMapping": [mapping],
        "lambda:UpdateEventSourceMapping": [mapping], "lambda:CreateEventSourceMapping": [anyMapping],
        "ssm:GetParameter": [failureParameter], "ssm:PutParameter": [failureParameter],
        "ssm:DeleteParameter": [failureParameter],
    ]
}
