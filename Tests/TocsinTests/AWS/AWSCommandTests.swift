import Foundation
import JSON
import Synchronization
import TestSupport
import Testing

/// `tocsin aws` as a program: exit status, what it prints where, and what it sends.
@Suite(.timeLimit(.minutes(2))) struct AWSCommandTests {
    private static let identity = """
        <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/anna</Arn>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>
        """

    private func aws(
        _ arguments: [String], server: ScriptedServer? = nil, input: String = "", _ variables: [String: String] = [:]
    ) throws -> Command.Result {
        let usual = [
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_MAX_ATTEMPTS": "1",
        ]
        return try Command.run(
            BuiltTocsin.path, ["aws"] + arguments, input: input,
            environment: awsVariables(at: server?.url ?? "http://127.0.0.1:9").merging(usual) { $1 }
                .merging(variables) { $1 })
    }

    @Test("without an operation it lists services and operations, one a line where there is no terminal")
    func lists() throws {
        let services = try aws([])
        #expect(services.status == 0)
        #expect(services.output.contains("\nec2                       Amazon Elastic Compute Cloud\n"))
        let operations = try aws(["sts"])
        #expect(operations.output.hasPrefix("assume-role\nassume-role-with-saml\n"))
        #expect(try aws(["--help"]).output.contains("USAGE: tocsin aws [SERVICE [OPERATION"))
        #expect(try aws(["sts", "assume-role", "--help"]).output.contains("\n* --role-arn  string\n"))
    }

    @Test(
        "a wrong call exits 64, says what to do, and sends nothing",
        arguments: [
            (["sqss"], "Error: There is no service sqss, did you mean sqs?"),
            (["sqs", "list-queue"], "Error: sqs has no operation list-queue, did you mean list-queues?"),
            (["--queue-name", "a", "sqs"], "Error: --queue-name comes before the service and the operation"),
            (["sqs", "get-queue-url"], "Error: sqs GetQueueUrl: Missing required parameter in input: \"QueueName\"\n"),
            (["sqs", "get-queue-url", "--name", "q"], "Error: GetQueueUrl has no parameter --name"),
            (["sqs", "list-queues", "--max-items", "0"], "Error: --max-items 0: give 1 or more.\n"),
            (["sqs", "list-queues", "--max-items", "5", "--no-paginate"], "do not go with a call for one page."),
            (
                ["sqs", "list-queues", "--max-items", "5", "--max-results", "2"],
                "do not go with a call for one page."
            ),
            (["sts", "get-caller-identity", "--max-items", "5"], "--max-items: GetCallerIdentity has no pages."),
            (["sqs", "list-queues", "--save-body", "x"], "the answer of ListQueues has no binary part."),
            (["sqs", "list-queues", "--time-limit", "0s"], "Error: The value '0s' is invalid"),
            (["ssm", "send-command", "--parameters", #"{"commands": ["ls"]}"#], #"goes inside, {"Parameters": …}."#),
            (
                ["sqs", "purge-queue", "--queue-url", "u"],
                "Error: This may change something. Nothing was sent: add --yes"
            ),
            (["sts", "get-session-token"], "Error: This prints credentials. Nothing was sent: add --yes to run it.\n"),
            (["sts", "get-caller-identity", "--region", "a b"], "\"a b\" is no region name"),
            (["sts", "get-caller-identity", "--profile", "absent"], "profile absent"),
        ] as [([String], String)])
    func wrongCalls(arguments: [String], expected: String) throws {
        let server = try ScriptedServer { _ in .http(599) }
        let result = try aws(arguments, server: server)
        #expect(result.status == 64)
        #expect(result.errors.contains(expected), "\(result.errors)")
        #expect(result.output == "")
        #expect(server.connectionCount == 0)
    }

    @Test("--time-limit also ends the wait for credentials, and nothing is sent")
    func timeLimitOfCredentials() throws {
        let config = FileManager.default.temporaryDirectory.appending(path: "tocsin-\(UUID()).config")
        defer { try? FileManager.default.removeItem(at: config) }
        try "[profile slow]\ncredential_process = sleep 30\n".write(to: config, atomically: true, encoding: .utf8)
        let server = try ScriptedServer { _ in .http(599) }
        let result = try aws(
            ["sts", "get-caller-identity", "--profile", "slow", "--time-limit", "100ms"], server: server,
            ["AWS_CONFIG_FILE": config.path])
        #expect(result.status == 1)
        #expect(result.errors.contains("gave none within --time-limit"), "\(result.errors)")
        #expect(server.connectionCount == 0)
    }

    @Test("without a region it says how to give one")
    func noRegion() throws {
        let result = try aws(["sts", "get-caller-identity"], ["AWS_REGION": "", "AWS_DEFAULT_REGION": ""])
        #expect(result.status == 64)
        #expect(result.errors.hasSuffix("Give --region, such as --region eu-central-1.\n"), "\(result.errors)")
    }

    @Test("what a call without --yes would do is shown without secrets")
    func summary() throws {
        let result = try aws(["secretsmanager", "create-secret", "--name", "n", "--secret-string", "hunter2"])
        #expect(
            result.errors.hasPrefix("secretsmanager CreateSecret\n  region      eu-central-1\n"), "\(result.errors)")
        #expect(result.errors.contains("\"Name\": \"n\""))
        #expect(!result.errors.contains("hunter2"))
    }

    @Test("what the service refused exits 1, with its code, request id and what to do")
    func refused() throws {
        for (code, advice) in [
            ("ExpiredToken", "The credentials have expired: sign in again"),
            ("InvalidClientTokenId", "AWS does not know this access key"),
            ("SignatureDoesNotMatch", "The secret key is not that of the access key"),
            ("Boring", ""),
        ] {
            let body = "<Response><Errors><Error><Code>\(code)</Code><Message>no</Message></Error></Errors></Response>"
            let server = try ScriptedServer { _ in
                .http(403, headers: [("x-amzn-requestid", "r-1")], body: body)
            }
            let result = try aws(["ec2", "describe-vpcs"], server: server)
            #expect(result.status == 1)
            #expect(
                result.errors.hasPrefix(
                    "Error: ec2 DescribeVpcs in eu-central-1: \(code): no (status 403, request id r-1"),
                "\(result.errors)")
            #expect(result.errors.contains("\n\(advice)"), "\(result.errors)")
            #expect(result.output == "")
        }
    }

    @Test("a denied call names the caller, and the permission or how to decode the reason")
    func denied() throws {
        for (message, advice) in [
            ("You are not allowed.", "It needs the permission for this operation, usually ec2:DescribeVpcs.\n"),
            ("not authorized to perform: ec2:DescribeVpcs", "The caller is arn:aws:iam::1:user/anna.\n"),
            (
                "No. Encoded authorization failure message: aBc-1",
                "`tocsin aws sts decode-authorization-message --encoded-message aBc-1` tells why.\n"
            ),
        ] {
            let server = try ScriptedServer { request in
                if request.text.contains("GetCallerIdentity") { return .http(200, body: Self.identity) }
                return .http(
                    403,
                    body: "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>\(message)</Message>"
                        + "</Error></Errors></Response>")
            }
            let result = try aws(["ec2", "describe-vpcs"], server: server)
            #expect(result.status == 1)
            #expect(result.errors.contains("\nThe caller is arn:aws:iam::1:user/anna.\n"), "\(result.errors)")
            #expect(result.errors.hasSuffix(advice), "\(result.errors)")
            // With an endpoint of one's own, AWS is not asked who its keys belong to.
            let own = try aws(
                ["ec2", "describe-vpcs", "--endpoint-url", server.url], server: server, ["AWS_ENDPOINT_URL": ""])
            #expect(!own.errors.contains("The caller is"))
        }
    }

    @Test("without credentials each source is named, and the exit status is 1")
    func noCredentials() throws {
        let result = try aws(
            ["sts", "get-caller-identity"], ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
        #expect(result.status == 1)
        #expect(result.errors.contains("NoCredentials"), "\(result.errors)")
        #expect(result.errors.contains("\nSign in (aws sso login, aws login), choose a profile"))
    }

    @Test("nobody answers: exit status 1")
    func deadService() throws {
        let result = try aws(["sts", "get-caller-identity"])
        #expect(result.status == 1)
        #expect(result.errors.contains("TransportFailed: "), "\(result.errors)")
    }

    @Test("--debug shows requests and responses on standard error, without secrets")
    func debug() throws {
        let server = try ScriptedServer { _ in .http(200, headers: [("Set-Cookie", "5ec")], body: Self.identity) }
        let result = try aws(
            ["sts", "get-caller-identity", "--debug", "--compact"], server: server, ["AWS_SESSION_TOKEN": "t0ken"])
        #expect(result.output == "{\"Arn\":\"arn:aws:iam::1:user/anna\"}\n")
        #expect(result.errors.contains("> POST http://127.0.0.1:"))
        #expect(result.errors.contains("\n> X-Amz-Security-Token: (hidden)\n"))
        #expect(result.errors.contains("\n< 200, "))
        for secret in ["t0ken", "5ec", "Signature=0"] { #expect(!result.errors.contains(secret)) }
    }

    @Test("--response-metadata is boto3's")
    func responseMetadata() throws {
        let server = try ScriptedServer { _ in
            .http(200, headers: [("x-amzn-requestid", "r-1"), ("X-Amz-Id-2", "h")], body: Self.identity)
        }
        let result = try aws(["sts", "get-caller-identity", "--response-metadata"], server: server)
        let metadata = try JSONValue(parsing: result.output)["ResponseMetadata"]
        #expect(metadata?["RequestId"] == "r-1")
        #expect(metadata?["HostId"] == "h")
        #expect(metadata?["HTTPStatusCode"] == 200)
        #expect(metadata?["HTTPHeaders"]?["x-amz-id-2"] == "h")
        #expect(metadata?["RetryAttempts"] == 0)
    }

    private static func queues() throws -> ScriptedServer {
        try ScriptedServer { request in
            let token = try? JSONValue(parsing: request.body)["NextToken"]?.stringValue
            switch token {
            case nil: return .http(200, body: #"{"QueueUrls": ["a", "b"], "NextToken": "1"}"#)
            case "1": return .http(200, body: #"{"QueueUrls": ["c", "d"], "NextToken": "2"}"#)
            default: return .http(200, body: #"{"QueueUrls": ["e"]}"#)
            }
        }
    }

    @Test(
        "all pages are read, up to --max-items; a page is read where it was asked for",
        arguments: [
            ([], #"{"QueueUrls":["a","b","c","d","e"]}"#, 3, ""),
            (["--max-items", "2"], #"{"QueueUrls":["a","b"]}"#, 1, "There is more than --max-items 2: go on with"),
            (["--max-items", "3"], #"{"QueueUrls":["a","b","c"]}"#, 2, "There is more than --max-items 3: go on with"),
            (["--max-items", "9"], #"{"QueueUrls":["a","b","c","d","e"]}"#, 3, ""),
            (["--no-paginate"], #"{"QueueUrls":["a","b"],"NextToken":"1"}"#, 1, ""),
            (["--max-results", "2"], #"{"QueueUrls":["a","b"],"NextToken":"1"}"#, 1, ""),
            (["--next-token", "1"], #"{"QueueUrls":["c","d"],"NextToken":"2"}"#, 1, ""),
        ] as [([String], String, Int, String)])
    func pages(options: [String], expected: String, requests: Int, note: String) throws {
        let server = try Self.queues()
        let result = try aws(["sqs", "list-queues", "--compact"] + options, server: server)
        #expect(result.output == expected + "\n")
        #expect(server.requests.count == requests)
        #expect(result.errors.hasPrefix(note), "\(result.errors)")
    }

    @Test("what --max-items left out follows with --starting-token")
    func startingToken() throws {
        let server = try Self.queues()
        let command = ["sqs", "list-queues", "--compact"]
        let first = try aws(command + ["--max-items", "3"], server: server)
        let token = try #require(first.errors.split(separator: " ").last?.split(separator: "\n").first)
        let rest = try aws(command + ["--starting-token", String(token)], server: server)
        #expect(rest.output == #"{"QueueUrls":["d","e"]}"# + "\n", "\(rest.errors)")
    }

    @Test(
        "--query prints what it selects of the answer",
        arguments: [
            ("QueueUrls[?@ > 'b']", #"["c","d","e"]"#, 0), ("length(QueueUrls)", "5", 0), ("Nothing", "null", 0),
        ])
    func query(expression: String, expected: String, status: Int32) throws {
        let server = try Self.queues()
        let result = try aws(["sqs", "list-queues", "--compact", "--query", expression], server: server)
        #expect(result.output == expected + "\n", "\(result.errors)")
        #expect(result.status == status)
    }

    @Test("a wrong --query is told before anything is sent, one that does not fit the answer with the answer")
    func wrongQuery() throws {
        let server = try Self.queues()
        let wrong = try aws(["sqs", "list-queues", "--query", "QueueUrls["], server: server)
        #expect(wrong.status == 64)
        #expect(wrong.errors.contains("--query"), "\(wrong.errors)")
        #expect(server.requests.isEmpty)
        let unfit = try aws(["sqs", "list-queues", "--compact", "--query", "abs(QueueUrls)"], server: server)
        #expect(unfit.status == 1)
        #expect(unfit.errors.contains(#"{"QueueUrls":["a","b","c","d","e"]}"#), "\(unfit.errors)")
    }

    @Test(
        "wait calls until the state is there, and says what it saw when it cannot come",
        arguments: [("ACTIVE", 0, ""), ("DELETING", 1, "Error: cluster_active failed after 1 attempt in ")])
    func wait(status: String, exit: Int32, error: String) throws {
        let server = try ScriptedServer { _ in .http(200, body: #"{"cluster": {"status": "\#(status)"}}"#) }
        let result = try aws(
            ["eks", "wait", "cluster-active", "--name", "shop", "--query", "cluster.status"], server: server)
        #expect(result.status == exit)
        #expect(result.errors.hasPrefix(error), "\(result.errors)")
        #expect(result.output == (exit == 0 ? "\"ACTIVE\"\n" : ""))
    }

    @Test(
        "a waiter is named, and known",
        arguments: [
            (["ec2", "wait"], "Error: Wait for what? ec2 has bundle-task-complete, "),
            (["ec2", "wait", "instance-stoped"], "ec2 has no waiter instance-stoped, did you mean instance-stopped?"),
            (["sqs", "wait", "x"], "Error: sqs has no waiters."),
            (["eks", "wait", "cluster-active"], "Missing required parameter in input: \"name\""),
            (["eks", "wait", "cluster-active", "--name", "a", "--max-items", "2"], "do not go with wait."),
        ] as [([String], String)])
    func waiterNames(words: [String], message: String) throws {
        let result = try aws(words, server: ScriptedServer { _ in .http(500) })
        #expect(result.status == 64)
        #expect(result.errors.contains(message), "\(result.errors)")
    }

    @Test("without pages --max-items is the parameter of that name")
    func maxItemsWithoutPages() throws {
        let server = try ScriptedServer { _ in .http(200, body: "<ListReusableDelegationSetsResponse/>") }
        let result = try aws(["route53", "list-reusable-delegation-sets", "--max-items", "5"], server: server)
        #expect(result.status == 0, "\(result.errors)")
        #expect(server.requests.first?.target.hasSuffix("?maxitems=5") == true)
    }

    @Test("a binary answer goes to the file as a whole, or to standard output")
    func binaryAnswers() async throws {
        let server = try ScriptedServer { $0.target.hasSuffix("/k") ? .http(200, body: "\u{0}bytes") : .http(404) }
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "out").path
            let get = ["s3", "get-object", "--bucket", "b"]
            let saved = try aws(get + ["--key", "k", "--save-body", path], server: server)
            #expect(saved.status == 0, "\(saved.errors)")
            #expect(try JSONValue(parsing: saved.output)["ContentLength"] == 6)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "\u{0}bytes")
            let printed = try aws(get + ["--key", "k"], server: server)
            #expect(printed.output == "\u{0}bytes")
            #expect(try JSONValue(parsing: printed.errors)["ContentLength"] == 6)
            // What failed leaves the file of the call before, and no half file.
            #expect(try aws(get + ["--key", "absent", "--save-body", path], server: server).status == 1)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
            let unwritable = try aws(get + ["--key", "k", "--save-body", "/nowhere/out"], server: server)
            #expect(unwritable.status == 1)
            #expect(unwritable.errors == "Error: /nowhere/out cannot be written: No such file or directory\n")
        }
    }

    @Test("the body comes from a file, or from standard input")
    func bodies() throws {
        let server = try ScriptedServer { _ in .http(200) }
        let put = ["s3", "put-object", "--bucket", "b", "--key", "k", "--yes", "--body"]
        #expect(try aws(put + ["-"], server: server, input: "from a pipe").status == 0)
        #expect(try aws(put + [#"{"a": 1}"#], server: server).status == 0)
        #expect(server.requests.map(\.text) == ["from a pipe", #"{"a": 1}"#])
    }

    @Test("the input may come from standard input")
    func standardInput() throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let result = try aws(
            ["sqs", "list-queues", "--parameters", "-"], server: server, input: #"{"QueueNamePrefix": "é"}"#)
        #expect(result.status == 0, "\(result.errors)")
        #expect(server.requests.first?.text == #"{"QueueNamePrefix":"é"}"#)
    }

    @Test("--profile wins over keys in variables")
    func profile() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let path = folder.appending(path: "credentials").path
            try "[other]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n"
                .write(toFile: path, atomically: true, encoding: .utf8)
            let server = try ScriptedServer { _ in .http(200, body: "{}") }
            let variables = ["AWS_SHARED_CREDENTIALS_FILE": path]
            for (options, key) in [([], "AKIAIOSFODNN7EXAMPLE"), (["--profile", "other"], "AKIAOTHER")] {
                _ = try aws(["sqs", "list-queues"] + options, server: server, variables)
                #expect(server.requests.last?["authorization"]?.contains("Credential=\(key)/") == true)
            }
        }
    }

    @Test("--endpoint-url wins over variables and settings")
    func endpoint() throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let result = try aws(
            ["sqs", "list-queues", "--endpoint-url", server.url],
            ["AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(server.requests.count == 1)
    }

    @Test("Ctrl-C ends a call that waits; exit status 130")
    func interrupted() throws {
        let process = Process()
        let started = Gate()
        let server = try ScriptedServer { _ in
            started.wait()
            kill(process.processIdentifier, SIGINT)
            return .hang
        }
        process.executableURL = URL(fileURLWithPath: BuiltTocsin.path)
        process.arguments = ["aws", "sqs", "list-queues"]
        process.environment = awsVariables(at: server.url)
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        started.open()
        ended.wait()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 130)
    }

    @Test("on a terminal it asks, and only a yes runs the call", arguments: [("y", 0, 1), ("n", 64, 0), ("", 64, 0)])
    func question(answer: String, status: Int32, requests: Int) throws {
        let server = try ScriptedServer { _ in .http(200, body: "{}") }
        let script = """
            import os, pty, sys
            child, terminal = pty.fork()
            if child == 0: os.execv(sys.argv[1], sys.argv[1:])
            text = b""
            while b"[y/N] " not in text: text += os.read(terminal, 4096)
            os.write(terminal, b"\(answer)\\n")
            try:
                while data := os.read(terminal, 4096): text += data
            except OSError: pass
            print(text.decode())
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
            """
        let result = try Command.run(
            "python3",
            ["-c", script, BuiltTocsin.path, "aws", "sqs", "delete-queue", "--queue-url", "http://h/1/q"],
            environment: awsVariables(at: server.url))
        #expect(result.status == status, "\(result.output) \(result.errors)")
        #expect(result.output.contains("This may change something. Run it? [y/N] "))
        #expect(server.requests.count == requests)
    }
}
