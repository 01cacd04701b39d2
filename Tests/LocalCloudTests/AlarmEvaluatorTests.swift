import AWS
import AlarmEvaluation
import Basics
import CloudWatchAlarms
import HTTPServer
import JSON
import TestSupport
import Testing
import Transport

@testable import LocalCloud

/// Alarms in moto that are evaluated against metrics of the local CloudWatch, one moment after the other.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .timeLimit(.minutes(2)))
struct AlarmEvaluatorTests {
    /// Clients of a moto of its own, so that each test sees only its own alarms.
    private struct Stand {
        let moto: MotoServer
        let server: Server
        let cloudWatch: AWSClient
        let sns: AWSClient
        let sqs: AWSClient
        let evaluator: AlarmEvaluator
        var topicARN = ""
        var queueURL = ""
        var session = AlarmSession(location: .example)

        /// The start of a period of ten seconds, an hour ago.
        var start: Timestamp

        init() async throws {
            moto = try MotoServer()
            let loop = try EventLoop.onOwnThread()
            let aws = try AWSConfiguration(environment: moto.environment, loop: loop)
            let (metrics, alarmChanges) = (LocalMetrics(), AlarmChangeCount())
            server = try await Server(
                Server.Configuration(),
                handler: MetricsServer(
                    metrics: metrics, moto: Moto(endpoint: moto.url), client: HTTPClient(loop: loop),
                    alarmChanges: alarmChanges))
            let local = [
                "AWS_ENDPOINT_URL_CLOUDWATCH": "http://127.0.0.1:\(server.port)",
                "AWS_DISABLE_REQUEST_COMPRESSION": "true",
            ]
            cloudWatch = try AWSClient(
                .cloudWatch,
                configuration: AWSConfiguration(environment: moto.environment.merging(local) { $1 }, loop: loop))
            sns = try AWSClient(.sns, configuration: aws)
            sqs = try AWSClient(.sqs, configuration: aws)
            evaluator = AlarmEvaluator(
                cloudWatch: try AWSClient(.cloudWatch, configuration: aws), sns: sns, metrics: metrics,
                alarmChanges: alarmChanges, location: .example)
            let now = Timestamp.now().microseconds / 10_000_000 * 10_000_000
            start = Timestamp(microseconds: now - 3_600_000_000)
            topicARN = try await sns.call("CreateTopic", ["Name": "alarms"])["TopicArn"]?.stringValue ?? ""
            queueURL = try await sqs.call("CreateQueue", ["QueueName": "chat"])["QueueUrl"]?.stringValue ?? ""
            _ = try await sns.call(
                "Subscribe",
                [
                    "TopicArn": .string(topicARN), "Protocol": "sqs",
                    "Endpoint": "arn:aws:sqs:eu-central-1:123456789012:chat",
                    "Attributes": ["RawMessageDelivery": "true"],
                ])
        }

        func stop() {
            Task { [server] in await server.stop(grace: .zero) }
            moto.stop()
        }

        /// Writes values, one in each period of ten seconds; the dimensions are in no alphabetical order.
        func write(_ values: [Double?], metric: String = "success") async throws {
            let data = values.enumerated().compactMap { index, value in
                value.map { value -> JSONValue in
                    [
                        "MetricName": .string(metric), "Value": .double(value), "StorageResolution": 1,
                        "Timestamp": .string((start + .seconds(10 * index + 2)).iso8601),
                        "Dimensions": [
                            ["Name": "name", "Value": "web"], ["Name": "group", "Value": "shop"],
                            ["Name": "region", "Value": "local"],
                        ],
                    ]
                }
            }
            _ = try await cloudWatch.call(
                "PutMetricData", ["Namespace": "Monitoring/Uptime", "MetricData": .array(data)])
        }

        func put(_ alarm: Alarm) async throws {
            _ = try await cloudWatch.call(alarm.request().operation, alarm.request().input)
        }

        /// Evaluates at the ends of periods; the changes as `check OK>ALARM`.
        mutating func evaluate(_ periods: ClosedRange<Int>) async throws -> [String] {
            var lines: [String] = []
            for period in periods {
                let changes = try await evaluator.evaluate(&session, at: start + .seconds(10 * period))
                try await evaluator.deliver(&session) { dropped in lines.append(dropped) }
                lines += changes.map {
                    "\(period) \($0.alarm.name) \($0.previous.state.rawValue)>\($0.current.state.rawValue)"
                }
            }
            return lines
        }

        /// The messages that have arrived.
        func messages() async throws -> [JSONValue] {
            var found: [JSONValue] = []
            while true {
                let page = try await sqs.call(
                    "ReceiveMessage",
                    ["QueueUrl": .string(queueURL), "MaxNumberOfMessages": 10, "WaitTimeSeconds": 0])
                let messages = page["Messages"]?.arrayValue ?? []
                guard !messages.isEmpty else { return found }
                for message in messages {
                    found.append(try JSONValue(parsing: message["Body"]?.stringValue ?? ""))
                    _ = try await sqs.call(
                        "DeleteMessage",
                        ["QueueUrl": .string(queueURL), "ReceiptHandle": message["ReceiptHandle"] ?? .null])
                }
            }
        }

        func state(of name: String) async throws -> JSONValue? {
            try await cloudWatch.call("DescribeAlarms", ["AlarmNames": [.string(name)]])["MetricAlarms"]?[0]
        }
    }

    private static let dimensions = ["name": "web", "group": "shop", "region": "local"]

    private static func alarm(_ name: String = "check", actions: [String]) -> Alarm {
        Alarm(
            name: name,
            condition: .metric(
                MetricCondition(
                    data: .metric(
                        MetricStatistic(
                            namespace: "Monitoring/Uptime", metric: "success", dimensions: dimensions,
                            statistic: "Average", period: 10)), threshold: .value(.less, 0.7))),
            actions: AlarmActions(alarm: actions, ok: actions))
    }

    @Test("a failure becomes an alarm, a message and a state in CloudWatch, and so does the recovery")
    func alarmAndRecovery() async throws {
        var stand = try await Stand()
        defer { stand.stop() }
        try await stand.put(Self.alarm(actions: [stand.topicARN]))
        try await stand.write([1, 1, 0, 0, 1])
        #expect(
            try await stand.evaluate(1...3) == ["1 check INSUFFICIENT_DATA>OK", "3 check OK>ALARM"])
        let state = try await stand.state(of: "check")
        #expect(state?["StateValue"] == "ALARM")
        #expect(
            state?["StateReason"]?.stringValue?.hasPrefix("Threshold Crossed: 1 out of the last 1 datapoints [0.0 (")
                == true)
        #expect(try await stand.evaluate(4...5) == ["5 check ALARM>OK"])
        let messages = try await stand.messages()
        // The first OK after the alarm was made is news for nobody.
        #expect(messages.map { $0["NewStateValue"]?.stringValue } == ["ALARM", "OK"])
        #expect(messages.first?["Trigger"]?["MetricName"] == "success")
        #expect(messages.first?["OldStateValue"] == "OK")
        #expect(try await stand.state(of: "check")?["StateValue"] == "OK")
    }

    @Test func metricMath() async throws {
        var stand = try await Stand()
        defer { stand.stop() }
        func metric(_ id: String, _ name: String) -> MetricQuery {
            let statistic = MetricStatistic(
                namespace: "Monitoring/Uptime", metric: name, dimensions: Self.dimensions, statistic: "Sum", period: 10)
            return MetricQuery(id: id, source: .metric(statistic, account: nil))
        }
        let queries = [
            MetricQuery(id: "e1", source: .expression("FILL(bad, 0) / total * 100", period: nil), returnsData: true),
            metric("bad", "failures"), metric("total", "attempts"),
        ]
        try await stand.put(
            Alarm(
                name: "rate",
                condition: .metric(MetricCondition(data: .queries(queries), threshold: .value(.greater, 10)))))
        try await stand.write([4, 4, 4, 4], metric: "attempts")
        try await stand.write([nil, nil, 1, nil], metric: "failures")
        #expect(
            try await stand.evaluate(1...4) == ["1 rate INSUFFICIENT_DATA>OK", "3 rate OK>ALARM", "4 rate ALARM>OK"])
    }

    @Test("a topic that is gone is tried three times, and holds no other alarm back for ever")
    func topicThatIsGone() async throws {
        var stand = try await Stand()
        defer { stand.stop() }
        try await stand.put(Self.alarm("a", actions: ["arn:aws:sns:eu-central-1:123456789012:gone"]))
        try await stand.put(Self.alarm("b", actions: [stand.topicARN]))
        try await stand.write([0, 0, 0, 0, 0])
        for period in 1...2 {
            await #expect(throws: AWSError.self) { _ = try await stand.evaluate(period...period) }
        }
        let lines = try await stand.evaluate(3...3)
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasPrefix("gave up after 3 attempts: alarm a: INSUFFICIENT_DATA → ALARM was not sent: ")
                == true, "\(lines)")
        #expect(try await stand.evaluate(4...4) == [])
        #expect(try await stand.messages().map { $0["AlarmName"]?.stringValue } == ["b"])
        #expect(try await stand.state(of: "a")?["StateValue"] == "ALARM")
    }

    /// What is told in a session, in its order.
    private enum Told: Equatable {
        case change(String)
        case states([String])
        case failure(String)
    }

    @Test("a message that cannot be sent hides neither the change nor the state")
    func changesAreToldBeforeTheyAreSent() async throws {
        var stand = try await Stand()
        defer { stand.stop() }
        try await stand.put(Self.alarm("a", actions: ["arn:aws:sns:eu-central-1:123456789012:gone"]))
        stand.start = .now() - .seconds(60)
        try await stand.write(Array(repeating: 0, count: 12))
        let (told, tell) = AsyncStream.makeStream(of: Told.self)
        let evaluator = stand.evaluator
        let session = Task {
            await evaluator.run(
                every: .milliseconds(20), onChange: { tell.yield(.change($0)) },
                onFailure: { tell.yield(.failure($0)) },
                onRound: { round in tell.yield(.states(round.alarms.map(\.status.state.rawValue))) })
        }
        var first: [Told] = []
        for await event in told {
            if first.count < 2 { first.append(event) }
            if case .failure(let text) = event, text.firstRange(of: "gave up") != nil {
                #expect(text.hasPrefix("alarms: gave up after 3 attempts: alarm a: INSUFFICIENT_DATA → ALARM"))
                break
            }
        }
        session.cancel()
        await session.value
        #expect(first == [.change("alarm a: INSUFFICIENT_DATA → ALARM"), .states(["ALARM"])])
    }

    @Test func changedAlarmsAreTakenOver() async throws {
        var stand = try await Stand()
        defer { stand.stop() }
        #expect(try await stand.evaluate(1...1) == [])
        try await stand.write([0, 0, 0, 0])
        try await stand.put(Self.alarm("a", actions: []))
        #expect(try await stand.evaluate(2...2) == ["2 a INSUFFICIENT_DATA>ALARM"])
        try await stand.put(Self.alarm("b", actions: []))
        #expect(try await stand.evaluate(3...3) == ["3 b INSUFFICIENT_DATA>ALARM"])
        _ = try await stand.cloudWatch.call("DeleteAlarms", ["AlarmNames": ["a"]])
        #expect(try await stand.evaluate(4...4) == [])
        #expect(stand.session.engine.status(of: "a") == nil)
    }
}
