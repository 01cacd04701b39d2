/// What the permissions of Lambda can be limited to.
extension PolicyResources {
    private static let function = Kind(targets: ["lambda:function"], service: "lambda") { "function:\($0)" }
    private static let functionVersion = Kind(targets: ["lambda:function"], service: "lambda") { "function:\($0):*" }

    static let lambda: [String: [Kind]] = [
        "lambda:PutFunctionConcurrency": [function], "lambda:DeleteFunctionConcurrency": [function],
        "lambda:GetFunctionConcurrency": [function], "lambda:GetFunctionConfiguration": [function, functionVersion],
        "lambda:ListTags": [function], "lambda:InvokeFunction": [function, functionVersion],
    ]
}
