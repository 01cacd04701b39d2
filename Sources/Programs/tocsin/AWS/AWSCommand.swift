import AWS
import AWSWaiters
import ArgumentParser
import Basics
import Glibc
import JMESPath
import JSON
import LocalCloud
import SystemPackage
import Transport

struct AWSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aws",
        abstract: "Calls an operation of AWS and prints what boto3 returns.",
        usage: "tocsin aws [SERVICE [OPERATION [--PARAMETER VALUE …] [options]]]",
        discussion: """
            Without an operation it lists what there is; --help after an operation describes its parameters. \
            Operations that only read run at once. Others, and those that print a secret, need --yes, or a yes on the \
            terminal. The answer is JSON with boto3's members, all pages together.

            Names are written as in boto3 or the AWS CLI: DescribeInstances, describe-instances. A list takes several \
            values, a structure Name=value,Name=value or JSON, a flag nothing (or --no-flag), binary values base64 or \
            fileb://PATH, any value file://PATH.

            The exit status is 1 when AWS or the network refused, 64 when the call is wrong or needs --yes, 130 after \
            Ctrl-C.

            Examples:
              tocsin aws sts get-caller-identity
              tocsin aws ec2 describe-instances --filters Name=tag:env,Values=a,b
              tocsin aws ecs list-services --parameters '{"cluster": "shop"}'
              tocsin aws s3 get-object --bucket b --key k.gz --save-body k.gz
              tocsin aws ec2 stop-instances --instance-ids i-0123456789 --yes
              tocsin aws ec2 wait instance-stopped --instance-ids i-0123456789
              tocsin aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId'
              tocsin aws ec2 describe-instances --help
            """,
        helpNames: []  // --help describes an operation when one is named
    )

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The service, the operation, and parameters of it.", valueName: "service operation"))
    var words: [String] = []

    @Option(
        name: [.customLong("parameters"), .customLong("cli-input-json")],
        help: ArgumentHelp(
            "The input as a JSON object: a text, @PATH, or - for standard input; options for single ones win.",
            valueName: "json"))
    var parameters: String?

    @Flag(help: "Run what may change something or prints a secret, without a question.")
    var yes = false

    @Option(help: ArgumentHelp("The region, instead of AWS_REGION or the profile's.", valueName: "name"))
    var region: String?

    @Option(
        help: ArgumentHelp("The profile of ~/.aws, instead of AWS_PROFILE and keys in variables.", valueName: "name"))
    var profile: String?

    @Option(
        name: .customLong("endpoint-url"),
        help: ArgumentHelp("Where the service is, instead of AWS's own host.", valueName: "url"))
    var endpointURL: String?

    @Option(
        help: ArgumentHelp(
            "How long all may take, such as 30s or 5m; without it each attempt has its limit.", valueName: "time"))
    var timeLimit: TimeSpan?

    @Option(
        help: ArgumentHelp("Print what this JMESPath expression selects of the answer.", valueName: "expression"))
    var query: String?

    @Option(help: ArgumentHelp("Stop after so many results.", valueName: "count"))
    var maxItems: Int?

    @Option(help: ArgumentHelp("Go on where --max-items stopped, by the token that it told.", valueName: "token"))
    var startingToken: String?

    @Flag(help: "Make one call, as boto3's client does, also when the answer has more pages.")
    var noPaginate = false

    @Option(help: ArgumentHelp("Where a binary answer goes, such as GetObject's Body.", valueName: "path"))
    var saveBody: String?

    @Flag(help: "Add boto3's ResponseMetadata; makes one call.")
    var responseMetadata = false

    @Flag(help: "Print the JSON in one line.")
    var compact = false

    @Flag(help: "Show requests and responses on standard error, without secrets.")
    var debug = false

    @Flag(name: .shortAndLong, help: "Show this help, or that of the operation.")
    var help = false

    /// The names of the options above, for "did you mean".
    static let ownOptions = [
        "--parameters", "--yes", "--region", "--profile", "--endpoint-url", "--time-limit", "--query",
        "--max-items", "--starting-token", "--no-paginate", "--save-body", "--response-metadata", "--compact",
        "--debug", "--help",
    ]

    func validate() throws {
        if let maxItems, maxItems < 1 { throw ValidationError("--max-items \(maxItems): give 1 or more.") }
    }

    func run() async throws {
        let environment = Environment.current().variables
        let names = words.prefix { !$0.hasPrefix("-") }.prefix(3)
        do {
            guard let first = names.first else {
                if let word = words.first { throw AWSCallError("\(word) comes before the service and the operation") }
                return try printLine(help ? Self.helpMessage() : AWSHelp.services())
            }
            let service = try AWSNames.service(first)
            let description = try ServiceDescription(service)
            let terminal = TerminalTraits(of: STDOUT_FILENO, environment: environment)
            guard names.count > 1 else {
                if words.count > 1 { throw AWSCallError("\(words[1]) comes before the operation of \(service.name)") }
                let width = terminal.size?.columns
                return try printLine(AWSHelp.operations(of: description, named: service.name, width: width))
            }
            let isWait = names[1] == "wait"
            let waiter = isWait ? try AWSNames.waiter(names.dropFirst(2).first, of: description, service.name) : nil
            let name = try waiter?.operation ?? AWSNames.operation(names[1], of: description, named: service.name)
            let operation = try description.operation(name)
            if help { return try printLine(AWSHelp.text(of: operation, service, waiters: description.waiters)) }
            let call = try call(
                operation, until: waiter?.name, Array(words.dropFirst(isWait ? 3 : 2)), of: service, description,
                environment: environment)
            for warning in AWSConfiguration.ignoredSettings(in: call.environment) {
                printError("Warning: \(warning)")
            }
            try confirm(call, environment: environment)
            try await run(call, environment: environment)
        } catch let error as AWSCallError {
            throw usageError(error.message)
        } catch let error as Errno {
            printError("Error: The output cannot be written: \(error)")
            throw ExitCode.failure
        }
    }

    /// Puts the call together and checks its input.
    private func call(
        _ operation: OperationDescription, until waiter: String?, _ arguments: [String], of service: AWSService,
        _ description: ServiceDescription, environment: [String: String]
    ) throws -> AWSCall {
        let document = try parameters.map(AWSInput.document) ?? [:]
        var (input, body) = try AWSInput.adding(arguments, to: document, of: operation)
        try checkPaging(&input, of: operation, until: waiter)
        do throws(JMESPathError) { _ = try query.map(JMESPath.init) } catch {
            throw AWSCallError("--query: \(error)")
        }
        if saveBody != nil, operation.streamingOutput == nil {
            throw AWSCallError("--save-body: the answer of \(operation.name) has no binary part.")
        }
        do {
            try operation.validate(.object(input))
        } catch {
            throw AWSCallError(
                "\(service.name) \(operation.name): \(error.message)\(parametersHint(input, operation))\n"
                    + "`tocsin aws \(service.name) \(AWSNames.dashed(operation.name)) --help` describes the parameters."
            )
        }
        return AWSCall(
            service: service, description: description, operation: operation, waiter: waiter, input: input, body: body,
            options: self, environment: settings(environment, for: description))
    }

    /// Refuses options about pages where there are none.
    ///
    /// There `--max-items` is the member of that name, if the operation has one.
    private func checkPaging(
        _ input: inout JSONObject, of operation: OperationDescription, until waiter: String?
    ) throws {
        if waiter != nil {
            guard maxItems == nil, startingToken == nil, !responseMetadata else {
                throw AWSCallError("--max-items, --starting-token and --response-metadata do not go with wait.")
            }
        } else if let pages = operation.pages {
            guard noPaginate || responseMetadata || pages.isOnePage(input) else { return }
            guard maxItems == nil, startingToken == nil else {
                throw AWSCallError(
                    "--max-items and --starting-token are about all pages together: they do not go with a call for one "
                        + "page.")
            }
        } else if startingToken != nil {
            throw AWSCallError("--starting-token: \(operation.name) has no pages.")
        } else if let maxItems {
            guard let member = operation.input.first(where: { $0.name == "MaxItems" }) else {
                throw AWSCallError("--max-items: \(operation.name) has no pages.")
            }
            input[member.name] = member.shape.kind == .string ? .string(String(maxItems)) : JSONValue(maxItems)
        }
    }

    /// A member that is called Parameters cannot be an option of its own.
    private func parametersHint(_ input: JSONObject, _ operation: OperationDescription) -> String {
        guard parameters != nil, let member = operation.input.first(where: { AWSNames.matches($0.name, "parameters") }),
            input[member.name] == nil
        else { return "" }
        return "\n--parameters is the whole input: its member goes inside, {\"\(member.name)\": …}."
    }

    /// The variables with those that options stand for.
    private func settings(_ environment: [String: String], for service: ServiceDescription) -> [String: String] {
        var variables = environment
        if let region { variables["AWS_REGION"] = region }
        if let profile { variables["AWS_PROFILE"] = profile }
        if let endpointURL {
            let name = String(service.serviceID.uppercased().map { $0 == " " ? "_" : $0 })
            variables["AWS_ENDPOINT_URL_" + name] = endpointURL
            variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "false"
        }
        return variables
    }

    /// Lets a call run that only reads; asks about any other.
    /// - Throws: the exit status 64 without a yes.
    private func confirm(_ call: AWSCall, environment: [String: String]) throws {
        let reason: String
        switch CallEffect.of(call.service.name, call.operation.name, call.input) {
        case .reads: return
        case .mayChange: reason = "may change something"
        case .revealsSecret(let secret): reason = "prints \(secret)"
        }
        if yes { return }
        printError(call.summary)
        guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1, parameters != "-" else {
            throw usageError("This \(reason). Nothing was sent: add --yes to run it.")
        }
        _ = try? FileDescriptor.standardError.writeAll("This \(reason). Run it? [y/N] ".utf8)
        guard ["y", "yes"].contains(readLine()?.trimmingWhitespace.lowercased()) else {
            throw usageError("Nothing was sent.")
        }
    }

    private func run(_ call: AWSCall, environment: [String: String]) async throws {
        if call.operation.streamingOutput != nil, saveBody == nil, isatty(STDOUT_FILENO) == 1 {
            throw AWSCallError(
                "The answer of \(call.operation.name) is binary: give --save-body PATH, or redirect standard output.")
        }
        do {
            let answer = try await withStopSignals { try await call.answer() }
            try write(answer, of: call.operation)
        } catch is CancellationError {
            throw ExitCode(130)
        } catch let error as AWSWaiterError {
            printError("Error: \(error.message)")
            throw ExitCode.failure
        } catch let error as AWSError {
            let isUsage = error.localCode == .invalidParameter || error.localCode == .invalidConfiguration
            printError("Error: \(error)")
            for line in await call.advice(on: error) { printError(line) }
            throw isUsage ? ExitCode.validationFailure : ExitCode.failure
        }
    }

    private func write(_ answer: AWSCall.Answer, of operation: OperationDescription) throws {
        if let token = answer.nextToken {
            printError("There is more than --max-items \(maxItems ?? 0): go on with --starting-token \(token)")
        }
        let text = try selected(of: answer.output)
        guard operation.streamingOutput != nil else { return try printLine(text) }
        guard let saveBody else {
            // What is not the body must not be lost, such as FunctionError of an invocation.
            printError(text)
            return _ = try FileDescriptor.standardOutput.writeAll(answer.body)
        }
        let draft = "\(saveBody).\(String.randomUUID().prefix(8))"
        do throws(SystemError) {
            try replaceFile(saveBody, with: answer.body, draft: draft, permissions: 0o644)
        } catch {
            printError("Error: \(saveBody) cannot be written: \(error)")
            throw ExitCode.failure
        }
        try printLine(text)
    }

    /// The answer, or what `--query` selects of it.
    private func selected(of output: JSONValue) throws -> String {
        guard let query else { return json(output) }
        do throws(JMESPathError) { return json(try JMESPath(query).value(in: output)) } catch {
            // The call was made: its answer must not be lost.
            printError("\(json(output))\nError: --query: \(error)")
            throw ExitCode.failure
        }
    }

    private func json(_ value: JSONValue) -> String {
        let text = String(decoding: value.serialized(compact ? [] : .pretty), as: UTF8.self)
        return isatty(STDOUT_FILENO) == 1 ? text.escapingInvisible : text
    }
}

extension String {
    /// JSON text with the characters escaped that would command a terminal or turn its text around.
    var escapingInvisible: String {
        var text = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            guard scalar.isInvisible, scalar != "\n" else {
                text.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
            }
        }
        return String(text)
    }
}
