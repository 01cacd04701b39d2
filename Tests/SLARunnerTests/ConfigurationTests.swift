import Basics
import Testing

@testable import SLARunner

@Suite struct ConfigurationTests {
    @Test func allVariables() throws {
        let read = try configuration([
            "SLARUNNER_DELAY": "0", "SLARUNNER_S3BUCKETNAME": "logs", "SLARUNNER_GROUPS": "web, core,",
            "SLARUNNER_SVC_TAG": "tag-1", "SLARUNNER_DRYRUN": "false", "SLA_TARGET": "99.5", "SLARUNNER_TIMEOUT": "90",
            "SLARUNNER_STOP_TIMEOUT": "1m", "SLARUNNER_ONCE": "true", "SLARUNNER_S3ENCRYPTION": "aws:kms",
        ])
        var expected = try configuration()
        #expect(expected.command == .shell("echo hello") && expected.commandText == "echo hello")
        #expect(expected.service == "shop" && expected.topic == "results")
        expected.delay = 0
        expected.bucket = "logs"
        expected.encryption = "aws:kms"
        expected.groups = ["web", " core", ""]
        expected.tagID = "tag-1"
        expected.isDryRun = true
        expected.target = "99.5"
        expected.timeLimit = .seconds(90)
        expected.stopTimeout = .seconds(60)
        expected.runsOnce = true
        #expect(read == expected)
    }

    @Test func emptyVariablesAreUnset() throws {
        let optional = [
            "S3BUCKETNAME", "GROUPS", "SVC_TAG", "DRYRUN", "DISABLED", "TIMEOUT", "STOP_TIMEOUT", "ONCE", "SNSTOPICARN",
        ]
        let empty = Dictionary(uniqueKeysWithValues: optional.map { ("SLARUNNER_" + $0, "") } + [("SLA_TARGET", "")])
        #expect(try configuration(empty) == configuration())
        #expect(try configuration().groups.isEmpty)
    }

    @Test(
        "the encryption of logs is one that S3 knows",
        arguments: [
            ("AES256", true), ("aws:kms", true), ("arn:aws:kms:eu-central-1:1:key/k", true), ("alias/logs", true),
            ("0d1f3cf4-1111-2222-3333-444444444444", true), ("mrk-0d1f3cf4111122223333444444444444", true),
            ("aes256", false), ("none", false), ("logs", false),
        ])
    func encryption(text: String, isFine: Bool) throws {
        let read = Result { try configuration(["SLARUNNER_S3ENCRYPTION": text]) }
        #expect((try? read.get().encryption) == (isFine ? text : nil))
    }

    @Test(arguments: [
        ("SLARUNNER_DELAY", "    Delay ($SLARUNNER_DELAY) is a required argument."),
        ("SLARUNNER_COMMAND", "    Command ($SLARUNNER_COMMAND) is a required argument."),
        ("SLARUNNER_SERVICE", "    Service ($SLARUNNER_SERVICE) is a required argument."),
        ("SLARUNNER_SNSTOPICNAME", "    SNS Topic Name ($SLARUNNER_SNSTOPICNAME) is a required argument."),
    ])
    func missing(variable: String, line: String) {
        #expect(fault([variable: ""]) == "Missing required arguments:\n" + line)
    }

    @Test func everyFaultAtOnce() {
        let error = #expect(throws: SLARunnerError.self) {
            try RunnerConfiguration(environment: Environment(["SLARUNNER_TIMEOUT": "soon"]), hasShell: true)
        }
        #expect(
            error?.message == """
                Missing required arguments:
                    Delay ($SLARUNNER_DELAY) is a required argument.
                    Command ($SLARUNNER_COMMAND) is a required argument.
                    Service ($SLARUNNER_SERVICE) is a required argument.
                    SNS Topic Name ($SLARUNNER_SNSTOPICNAME) is a required argument.
                Wrong arguments:
                    SLARUNNER_TIMEOUT is "soon", expected a duration such as 500ms, 30s, 5m or 1h30m
                """)
    }

    @Test(arguments: ["1.5", "-1", "x", "1e3", "1000000001"])
    func wrongDelay(text: String) {
        #expect(
            fault(["SLARUNNER_DELAY": text])?.hasPrefix("Wrong arguments:\n    SLARUNNER_DELAY is \"\(text)\"") == true)
    }

    @Test(arguments: [("TRUE", true), ("True", true), ("true", true), ("1", false), ("yes", false), ("false", false)])
    func disabled(text: String, isDisabled: Bool) throws {
        #expect(try configuration(["SLARUNNER_DISABLED": text]).isDisabled == isDisabled)
    }

    @Test func topicByEitherVariable() throws {
        let arn = "arn:aws-cn:sns:cn-north-1:123456789012:t"
        #expect(try configuration(["SLARUNNER_SNSTOPICNAME": arn]).topic == arn)
        #expect(try configuration(["SLARUNNER_SNSTOPICNAME": "", "SLARUNNER_SNSTOPICARN": arn]).topic == arn)
        #expect(try configuration(["SLARUNNER_SNSTOPICARN": "name"]).topic == "name")
    }

    @Test(arguments: [
        "arn:aws:sns:eu-central-1:123456789012", "arn:aws:sns:eu-central-1::t",
        "arn:aws:sns:eu-central-1:123456789012:",
        "arn:aws:sqs:eu-central-1:123456789012:t", "arn:",
    ])
    func incompleteTopics(arn: String) {
        for variable in ["SLARUNNER_SNSTOPICNAME", "SLARUNNER_SNSTOPICARN"] {
            let expected =
                "Wrong arguments:\n    \(variable) is \"\(arn)\", expected a topic's name, or its ARN such as"
            #expect(fault([variable: arn])?.hasPrefix(expected) == true)
        }
    }

    @Test(arguments: [
        ("99.9", true), ("100", true), ("0", true), ("abc", false), ("100.1", false), ("-1", false), ("99,9", false),
        ("99.9%", false), ("nan", false), ("inf", false),
    ])
    func targets(text: String, isFine: Bool) throws {
        let read = Result { try configuration(["SLA_TARGET": text]) }
        #expect((try? read.get().target) == (isFine ? text : nil))
    }

    private func fault(_ more: [String: String]) -> String? {
        #expect(throws: SLARunnerError.self) { try configuration(more) }?.message
    }
}

@Suite struct CommandTests {
    @Test(arguments: [
        (#"["/app/test", "-x", "a b"]"#, Command.direct(["/app/test", "-x", "a b"])),
        ("[ -f /etc/hosts ]", .shell("[ -f /etc/hosts ]")),
        ("[]", .shell("[]")),
        (#"["a", 1]"#, .shell(#"["a", 1]"#)),
        ("echo a | cat", .shell("echo a | cat")),
    ])
    func withShell(text: String, command: Command) throws {
        #expect(try Command(text, hasShell: true) == command)
    }

    @Test(arguments: [
        ("/app/test", ["/app/test"]), ("/app/test  -x --name=value 5", nil),
        ("/app/test -x v1.2", ["/app/test", "-x", "v1.2"]),
        ("a | b", nil), ("a $HOME", nil), ("a 'b'", nil), ("a > b", nil), ("cd /; a", nil), ("a *", nil), ("~/a", nil),
        (" ", nil), (#"["a", "$HOME"]"#, ["a", "$HOME"]),
    ])
    func withoutShell(text: String, words: [String]?) throws {
        if let words {
            #expect(try Command(text, hasShell: false) == .direct(words))
        } else {
            let error = #expect(throws: SLARunnerError.self) { try Command(text, hasShell: false) }
            #expect(error?.code == .noShell)
        }
    }
}

@Suite struct ArgumentsTests {
    @Test(arguments: [
        ([], Arguments.run([:])),
        (["--once", "--dry-run"], .run(["SLARUNNER_ONCE": "true", "SLARUNNER_DRYRUN": "true"])),
        (["-h"], .help), (["--once", "--help"], .help), (["--version"], .version),
    ])
    func known(words: [String], arguments: Arguments) throws {
        #expect(try Arguments(words) == arguments)
    }

    @Test func unknown() {
        let error = #expect(throws: SLARunnerError.self) { try Arguments(["--onse"]) }
        #expect(error?.message.contains("--onse") == true)
    }

    @Test func helpNamesEveryVariable() {
        for name in variables().keys { #expect(Arguments.helpText.contains(name)) }
    }
}
