import TestSupport
import Testing

@testable import LocalCloud

/// What the processes of `tocsin up` see of the user's environment.
struct ChildEnvironmentTests {
    private static let user = [
        "HOME": "/home/me", "PATH": "/bin", "TOKEN": "t", "OTHER": "o", "HTTPS_PROXY": "http://proxy:1",
        "SSL_CERT_FILE": "/ca.pem", "AWS_PROFILE": "work", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ENDPOINT_URL_SNS": "https://sns.example", "BOTO_CONFIG": "/boto", "METRIC_NAMESPACE": "Mine",
        "UPTIME_CONFIG": "/mine", "SLARUNNER_DISABLED": "true", "SLA_TARGET": "1", "CLOUDWATCH_NAMESPACE": "Mine",
        "URLS_TO_MONITOR": "https://mine.example", "LOG_LEVEL": "trace", "LAMBDA_TASK_ROOT": "/mine",
    ]
    private let environment = ChildEnvironment(user: user, moto: Moto(endpoint: "http://127.0.0.1:5"))
    private let local = Moto(endpoint: "http://127.0.0.1:5").environment

    @Test("a function gets the local AWS, proxies and authorities, and nothing else of the user's")
    func functions() {
        let expected = ["HTTPS_PROXY": "http://proxy:1", "SSL_CERT_FILE": "/ca.pem"]
        #expect(environment.function() == local.merging(expected) { $1 })
    }

    @Test(
        "a function also gets what its configuration names, but no setting of its own or of an AWS SDK",
        arguments: [
            ("url: $TOKEN", ["TOKEN"]), ("url: ${TOKEN}", ["TOKEN"]), ("url: ${TOKEN", []), ("url: TOKEN", []),
            ("$OTHER-$TOKEN", ["OTHER", "TOKEN"]),
            ("$AWS_PROFILE $METRIC_NAMESPACE $UPTIME_CONFIG $URLS_TO_MONITOR $LOG_LEVEL $LAMBDA_TASK_ROOT", []),
        ])
    func namedVariables(text: String, names: [String]) {
        let added = environment.function(configuration: text).keys.filter { local[$0] == nil }
        #expect(Set(added) == Set(names + ["HTTPS_PROXY", "SSL_CERT_FILE"]))
    }

    @Test("what is named and not passed on can be told")
    func withheldVariables() {
        #expect(environment.withheld(from: "$TOKEN ${LOG_LEVEL} $AWS_PROFILE") == ["AWS_PROFILE", "LOG_LEVEL"])
        #expect(environment.withheld(from: "$TOKEN").isEmpty)
    }

    @Test("a test's command keeps the user's variables, and reaches the local AWS alone")
    func commands() {
        let kept = Self.user.filter { name, _ in
            !["AWS_", "BOTO", "SLA"].contains { name.hasPrefix($0) }
        }
        #expect(environment.command == kept.merging(local) { $1 })
    }

    @Test("no file of the user's is read: not ~/.aws, and not what a variable names")
    func files() {
        for variable in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            let hostile = ChildEnvironment(user: [variable: "/mine"], moto: Moto(endpoint: "http://127.0.0.1:5"))
            #expect(hostile.command[variable] == "/dev/null")
            #expect(hostile.function(configuration: "$\(variable)")[variable] == "/dev/null")
            #expect(local[variable] == "/dev/null")
        }
    }

    @Test func theUsersExceptionsFromTheProxyStay() {
        let environment = ChildEnvironment(
            user: ["NO_PROXY": "intranet.example"], moto: Moto(endpoint: "http://127.0.0.1:5"))
        for name in ["NO_PROXY", "no_proxy"] {
            #expect(environment.function()[name] == "intranet.example,127.0.0.1")
            #expect(environment.command[name] == "intranet.example,127.0.0.1")
        }
    }
}

/// Why a test has failed, from the lines of its runner.
struct RunnerFailuresTests {
    private func reasons(_ lines: [String]) -> [String] {
        var failures = RunnerFailures()
        return lines.compactMap { failures.read($0) }
    }

    private static let failed = "Test result: FAILURE with exit code 3; Execution time: 0"
    private static let passed = "Test result: SUCCESS with exit code 0; Execution time: 0"

    @Test(
        arguments: [
            (["connecting", "no such host", failed], ["exit status 3: no such host"]),
            (["no such host", " ", "", failed], ["exit status 3: no such host"]),
            ([failed], ["exit status 3: no output"]),
            (
                ["SLA Runner version 1", "COMMAND:   x", "SNS TOPIC: t", "S3 BUCKET: b", failed],
                ["exit status 3: no output"]
            ),
            (["Beginning new loop...", "Executing: ['x']", failed], ["exit status 3: no output"]),
            (["Test result: FAILURE with exit code -9; Execution time: 0"], ["ended by signal 9: no output"]),
            (["fine", passed], []), (["fine", passed, failed], ["exit status 3: no output"]),
            (["a", failed, "a", failed], ["exit status 3: a"]),
            (["a", failed, "b", failed], ["exit status 3: a", "exit status 3: b"]),
            (["a", failed, "a", passed, "a", failed], ["exit status 3: a", "exit status 3: a"]),
            (
                ["Test result: none, the command was still running when the runner had to stop"], []
            ),
        ] as [([String], [String])])
    func reasonsOfFailures(lines: [String], expected: [String]) { #expect(reasons(lines) == expected) }
}
