/// One function to host: its program and what its environment says about it.
public struct FunctionDescription: Sendable {
    /// The function's name, as in its ARN.
    public var name: String
    /// Path of the program: a `bootstrap` that speaks the Lambda Runtime API.
    public var binary: String
    /// Variables on top of Lambda's own, which they may replace.
    public var environment: [String: String]
    /// How long one invocation may take.
    public var timeout: Duration
    /// Megabytes, as the function is told; nothing enforces it.
    public var memorySize: Int
    /// The AWS region the function is told it runs in.
    public var region: String
    /// How many events the process may work on at a time; nil for Lambda's classic mode, one at a time.
    public var maximumConcurrency: Int?

    /// Describes a function.
    public init(
        name: String, binary: String, environment: [String: String] = [:], timeout: Duration = .seconds(30),
        memorySize: Int = 128, region: String = "us-east-1", maximumConcurrency: Int? = nil
    ) {
        self.name = name
        self.binary = binary
        self.environment = environment
        self.timeout = timeout
        self.memorySize = memorySize
        self.region = region
        self.maximumConcurrency = maximumConcurrency
    }

    /// The function's ARN, in the account that moto uses too.
    public var arn: String { "arn:aws:lambda:\(region):123456789012:function:\(name)" }

    /// The folder of the program.
    var taskRoot: String {
        guard let slash = binary.lastIndex(of: "/") else { return "." }
        return slash == binary.startIndex ? "/" : String(binary[..<slash])
    }

    /// All variables of the process, as Lambda sets them.
    /// - Parameter runtimeAPI: host and port of the Runtime API.
    func variables(runtimeAPI: String) -> [String: String] {
        var variables = [
            "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(memorySize),
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(name)",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_LOG_FORMAT": "Text",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_provided.al2023",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "_HANDLER": "bootstrap",
            "LAMBDA_TASK_ROOT": taskRoot,
            "LAMBDA_RUNTIME_DIR": taskRoot,
            "TZ": ":UTC",
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin/:/bin",
        ]
        if let maximumConcurrency {
            variables["AWS_LAMBDA_MAX_CONCURRENCY"] = String(maximumConcurrency)
            variables["AWS_LAMBDA_INITIALIZATION_TYPE"] = "lambda-managed-instances"
            variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        }
        return variables.merging(environment) { _, given in given }
    }
}
