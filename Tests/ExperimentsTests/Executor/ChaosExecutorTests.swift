import AWS
import Basics
import Events
import Foundation
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import Experiments

/// The function, event by event, with moto as AWS.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(3)))
struct ChaosExecutorTests {
    private static func echo(_ text: String, _ more: JSONObject = [:]) -> JSONValue {
        var activity: JSONObject = [
            "type": "action", "name": "say",
            "provider": ["type": "process", "path": "echo", "arguments": .string(text)],
        ]
        for (key, value) in more { activity[key] = value }
        return .object(activity)
    }

    private static func document(_ text: String = "hello ${who}", _ more: JSONObject = [:]) -> JSONValue {
        var document: JSONObject = [
            "title": "Say hello", "description": "d", "configuration": ["who": "world"], "method": [echo(text)],
        ]
        for (key, value) in more { document[key] = value }
        return .object(document)
    }

    @Test("an experiment in a bucket is run with the event's configuration, and the answer is the event with its state")
    func original() async throws {
        let place = try await ExecutorPlace()
        try await place.put("\(Self.document())", "authorizations/tc001.json")
        let event: JSONValue = [
            "experiment_source": "authorizations/tc001.json", "bucket_name": .string(place.bucket),
            "configuration": ["who": "Anna"], "state": "pending",
            "output_config": ["S3": ["bucket_name": .string(place.bucket), "path": "out/tc001-"]],
        ]
        let answer = try await place.invoke(event)
        #expect(answer["state"] == "done")
        #expect(answer["experiment_source"] == event["experiment_source"])
        #expect(answer["status"] == "completed")
        let journal = try await place.journal(answer)
        #expect(journal["run"]?[0]?["output"]?["stdout"] == "hello Anna\n")
        #expect(try JSONValue(parsing: answer["response"]?.stringValue ?? "")["title"] == nil)
        let readable = try await place.keys("journals/Say-hello/")
        #expect(readable.count == 1)
        #expect(readable.first?.hasSuffix("-\(answer["run"]?.stringValue ?? "").json") == true)
        let old = try await place.keys("out/")
        #expect(old.first?.wholeMatch(of: /out\/tc001-\d{4}-\d\d-\d\d-\d\d:\d\d:00/) != nil, "\(old)")
        #expect(try await place.keys("state/run/").allSatisfy { $0.hasSuffix("/owner") }, "the ledger is empty")
    }

    @Test("inline, EventBridge, Scheduler and flat outputs are the same experiment in other clothes")
    func clothes() async throws {
        let place = try await ExecutorPlace()
        let inline: JSONValue = ["experiment": Self.document()]
        let events: [JSONValue] = [
            inline, Self.document(), ["detail-type": "Scheduled Event", "source": "x", "detail": inline],
            ["experiment": Self.document(), "output_bucket": .string(place.bucket), "output_path": "flat/"],
        ]
        for event in events {
            let answer = try await place.invoke(event)
            #expect(answer["state"] == "done", "\(answer)")
            #expect(try await place.journal(answer)["run"]?[0]?["output"]?["stdout"] == "hello world\n")
        }
        #expect(try await place.keys("flat/Say-hello/").count == 1)
        #expect(try await place.keys("journals/Say-hello/").count == 4)
    }

    @Test("a list of Step Functions is run one after another, each as a run of its own, and keeps its shape")
    func list() async throws {
        let place = try await ExecutorPlace()
        let list: JSONValue = [
            "Payload": [
                "state": "pending",
                "list": [
                    ["experiment": Self.document("one")], ["experiment_source": "/nowhere.json"],
                    ["experiment": Self.document("three")],
                ],
            ]
        ]
        for durability in ["off", "state"] {
            let answer = try await place.invoke(list, ["EXPERIMENT_DURABLE": durability])
            #expect(answer["Payload"]?["state"] == "failed")
            let states = answer["Payload"]?["list"]?.arrayValue?.map { $0["state"] ?? nil }
            #expect(states == ["done", "failed", "done"], "\(answer)")
            #expect(answer["Payload"]?["list"]?[1]?["error"]?.stringValue?.contains("/nowhere.json") == true)
        }
        #expect(try await place.keys("journals/").count == 4)
    }

    @Test("a deviation counts as failed, and so do an activity of the hypothesis and a document with faults")
    func failures() async throws {
        let place = try await ExecutorPlace()
        let never: JSONValue = [
            "title": "h",
            "probes": [
                [
                    "type": "probe", "name": "p", "tolerance": 0,
                    "provider": ["type": "process", "path": "test", "arguments": "! -e ${mark}"],
                ]
            ],
        ]
        let mark = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: mark) }
        let deviating = Self.document(
            "x",
            [
                "configuration": ["mark": .string(mark)], "steady-state-hypothesis": never,
                "method": [
                    [
                        "type": "action", "name": "a",
                        "provider": ["type": "process", "path": "touch", "arguments": .string(mark)],
                    ]
                ],
            ])
        let answer = try await place.invoke(["experiment": deviating])
        #expect(answer["status"] == "completed")
        #expect(answer["deviated"] == true)
        #expect(answer["state"] == "failed")

        let faulty = try await place.invoke([
            "experiment": ["title": "t", "description": "d", "method": [["type": "act"]]]
        ])
        #expect(faulty["state"] == "failed")
        #expect(faulty["error"]?.stringValue?.contains("method") == true, "\(faulty)")
        await #expect(throws: ExperimentError.self) { try await place.invoke(["something": 1]) }
        await #expect(throws: ExperimentError.self) { try await place.invoke([1]) }
    }

    @Test("a secret of the document is in no answer, no ledger and no record")
    func secrets() async throws {
        let place = try await ExecutorPlace(["EXPERIMENT_DURABLE": "state"])
        let document = Self.document("hello", ["secrets": ["vault": ["token": "s3cr3t-value"]]])
        for event in [["experiment": document], document] {
            let request = UUID().uuidString
            let answer = try await place.invoke(event, request: request)
            #expect(answer["state"] == "done", "\(answer)")
            #expect(!answer.description.contains("s3cr3t-value"))
        }
        let keys = try await place.keys("")
        #expect(keys.contains { $0.hasPrefix("state/durable/") })
        for key in keys where !key.hasPrefix("journals/") {
            #expect(try await !place.text(key).contains("s3cr3t-value"), "\(key)")
        }
    }

    @Test("the result reaches OpenSearch, DynamoDB and SNS, where the notifier understands it")
    func outputs() async throws {
        let search = try ScriptedServer { _ in .http(201, body: "{}") }
        defer { search.stop() }
        let table = SafetyMoto.name("reports")
        _ = try await AWSClient(.dynamoDB, configuration: SafetyMoto.aws()).call(
            "CreateTable",
            [
                "TableName": .string(table), "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [["AttributeName": "ISO8601", "KeyType": "HASH"]],
                "AttributeDefinitions": [["AttributeName": "ISO8601", "AttributeType": "S"]],
            ])
        let topic = try await Topic()
        let place = try await ExecutorPlace([
            "EXPERIMENT_TABLE": table, "EXPERIMENT_NOTIFY_TOPIC": topic.arn, "EXPERIMENT_METRICS": "Tests/\(table)",
        ])
        let answer = try await place.invoke([
            "experiment": Self.document(),
            "output_config": ["OPENSEARCH": ["host": .string(search.url), "index": "runs"]],
        ])
        let run = try #require(answer["run"]?.stringValue)
        let request = try #require(search.requests.first)
        #expect(request.target == "/runs/_doc/\(run)")
        #expect(try JSONValue(parsing: request.body)["status"] == "completed")

        let items = try await AWSClient(.dynamoDB, configuration: SafetyMoto.aws()).call(
            "Scan", ["TableName": .string(table)])
        #expect(items["Items"]?[0]?["run"]?["S"] == .string(run))
        let message = try #require(ExperimentRun(try await topic.message()))
        #expect(message.source == "Say hello")
        #expect(message.state == "done")
        #expect(message.result?.title == "Say hello")
        let metrics = try await AWSClient(.cloudWatch, configuration: SafetyMoto.aws()).call(
            "ListMetrics", ["Namespace": .string("Tests/\(table)")])
        let names = metrics["Metrics"]?.arrayValue?.compactMap { $0["MetricName"]?.stringValue }.sorted()
        // For this experiment, and for all of them.
        #expect(names == ["deviated", "deviated", "duration", "duration", "failed", "failed", "runs", "runs"])
        #expect(metrics["Metrics"]?.arrayValue?.count { $0["Dimensions"]?.arrayValue?.isEmpty == true } == 4)

        // What could not be run is told, too.
        _ = try await place.invoke(["experiment_source": "/nowhere.json"])
        let failure = try #require(ExperimentRun(try await topic.message()))
        #expect(failure.state == "failed")
        #expect(failure.response?.contains("/nowhere.json") == true)
    }

    @Test("an invocation with no time left runs nothing, and pauses that do not fit are refused before anything runs")
    func noTime() async throws {
        let place = try await ExecutorPlace()
        let event: JSONValue = ["experiment": Self.document()]
        for durability in ["off", "state"] {
            await #expect(throws: ExperimentError.self) {
                try await place.invoke(event, seconds: 3, ["EXPERIMENT_DURABLE": durability])
            }
        }
        let long = Self.document("x", ["method": [Self.echo("x", ["pauses": ["after": 7_200]])]])
        let answer = try await place.invoke(["experiment": long])
        #expect(
            answer["error"]?.stringValue?.hasPrefix("nothing was run: the pauses of the experiment take 2 h") == true,
            "\(answer)")
        #expect(try await place.keys("journals/").isEmpty)
    }

    @Test("near the end of the invocation the method stops, and the rollbacks are played")
    func deadline() async throws {
        let place = try await ExecutorPlace()
        let slow: JSONValue = [
            "type": "action", "name": "slow", "provider": ["type": "process", "path": "sleep", "arguments": "60"],
        ]
        let document = Self.document("x", ["method": [slow], "rollbacks": [Self.echo("back")]])
        let answer = try await place.invoke(["experiment": document], seconds: 9, ["EXPERIMENT_MARGIN": "8s"])
        #expect(answer["state"] == "failed")
        #expect(answer["status"] == "interrupted")
        let journal = try await place.journal(answer)
        #expect(journal["interruption"]?["kind"] == "deadline")
        #expect(journal["rollbacks"]?[0]?["status"] == "succeeded")
    }

    @Test(
        "while an experiment runs, another run of it is refused, waits, or starts too",
        arguments: [("forbid", "failed"), ("wait", "failed"), ("allow", "done")])
    func overlap(_ policy: String, _ state: String) async throws {
        let place = try await ExecutorPlace(["EXPERIMENT_OVERLAP": policy])
        let store = try StateStore.bucket(place.bucket, prefix: "state/", aws: SafetyMoto.aws())
        let other = ExperimentSlot(
            store, experiment: "Say hello", run: "other",
            policy: .forbid, time: .live(try ExecutorPlace.loop.get()))
        _ = try await other.acquire()
        let event: JSONValue = ["experiment": Self.document()]
        let answer = try await place.invoke(event, seconds: 9)
        #expect(answer["state"] == .string(state), "\(answer)")
        if policy != "allow" {
            #expect(answer["error"]?.stringValue?.contains("still running as other") == true)
        }
        await other.release()
        #expect(try await place.invoke(event)["state"] == "done")
        #expect(try await place.invoke(event)["state"] == "done", "the slot was given back")
    }

    @Test("a run with its record in the state store hands over before its deadline, and each step is done once")
    func state() async throws {
        let lambda = try ScriptedServer { _ in .http(202) }
        defer { lambda.stop() }
        let place = try await ExecutorPlace(["EXPERIMENT_DURABLE": "state", "AWS_ENDPOINT_URL_LAMBDA": lambda.url])
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func append(_ name: String, _ more: JSONObject = [:]) -> JSONValue {
            var activity: JSONObject = [
                "type": "action", "name": .string(name),
                "provider": [
                    "type": "process", "path": "sh",
                    "arguments": ["-c", .string("echo \(name) >> \(folder.path)/log")],
                ],
            ]
            for (key, value) in more { activity[key] = value }
            return .object(activity)
        }
        let document = Self.document(
            "x",
            [
                "method": [append("one"), append("two", ["pauses": ["before": 12]]), append("three")],
                "rollbacks": [append("back")],
            ])
        let first = try await place.invoke(["experiment": document], seconds: 9)
        #expect(first["state"] == "running")
        let call = try #require(lambda.requests.first)
        #expect(call.target == "/2015-03-31/functions/chaos-executor/invocations")
        let event = try JSONValue(parsing: call.body)
        #expect(event["run"] == first["run"])
        let second = try await place.invoke(event)
        #expect(second["state"] == "done", "\(second)")
        let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
        #expect(log == "one\ntwo\nthree\nback\n")
        #expect(try await place.keys("journals/").count == 1)
        #expect(lambda.requests.count == 1)
        // A second delivery gets the same answer, and does nothing.
        #expect(try await place.invoke(event) == second)
        #expect(try String(contentsOf: folder.appending(path: "log"), encoding: .utf8) == log)
    }

    @Test("the sweep says what it found; without a ledger it is an error")
    func sweep() async throws {
        let place = try await ExecutorPlace()
        #expect(try await place.invoke(["sweep": true])["runs"] == [])
        await #expect(throws: ExperimentError.self) {
            try await place.invoke(["sweep": true], ["EXPERIMENT_STATE": ""])
        }
    }
}

/// A topic with a queue behind it.
private struct Topic {
    let arn: String
    private let queue: String

    init() async throws {
        let name = SafetyMoto.name("experiments")
        let (sns, sqs) = (
            try AWSClient(.sns, configuration: SafetyMoto.aws()), try AWSClient(.sqs, configuration: SafetyMoto.aws())
        )
        arn = try await sns.call("CreateTopic", ["Name": .string(name)])["TopicArn"]?.stringValue ?? ""
        queue = try await sqs.call("CreateQueue", ["QueueName": .string(name)])["QueueUrl"]?.stringValue ?? ""
        let endpoint = JSONValue.string("arn:aws:sqs:eu-central-1:123456789012:\(name)")
        _ = try await sns.call(
            "Subscribe",
            [
                "TopicArn": .string(arn), "Protocol": "sqs", "Endpoint": endpoint,
                "Attributes": ["RawMessageDelivery": "true"],
            ])
    }

    /// Takes the next message.
    func message() async throws -> JSONValue {
        let sqs = try AWSClient(.sqs, configuration: SafetyMoto.aws())
        let answer = try await sqs.call("ReceiveMessage", ["QueueUrl": .string(queue)])
        let message = answer["Messages"]?[0]
        _ = try await sqs.call(
            "DeleteMessage", ["QueueUrl": .string(queue), "ReceiptHandle": message?["ReceiptHandle"] ?? nil])
        return try JSONValue(parsing: message?["Body"]?.stringValue ?? "")
    }
}
