import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

/// `tocsin alarms` against an emulator that evaluates alarms and notifies, from the plan to the message.
@Suite(
    .enabled(if: MinistackServer.isInstalled, "ministack is not installed: run ./build.sh test"),
    .timeLimit(.minutes(2)))
struct SecondEmulatorTests {
    private static let rules = """
        rules:
          - name: failing
            for: metric
            namespace: Shop
            metric: errors
            dimensions: {service: "*"}
            stat: Maximum
            threshold: "> 0"
          - name: slow
            for: metric
            namespace: Shop
            metric: latency
            dimensions: {service: "*"}
            stat: Maximum
            threshold: "> 5"
        alarms:
          - name: shop-down
            when: ALARM(failing) AND ALARM(slow)
        """
    private static let names = ["tocsin-failing-web", "tocsin-shop-down", "tocsin-slow-web"]

    /// The emulator with a topic that leads to a queue, and metrics.
    private struct Stand {
        let cloudWatch: AWSClient
        let sqs: AWSClient
        let topic: String
        let queue: JSONValue

        init(_ aws: AWSConfiguration) async throws {
            cloudWatch = try AWSClient(.cloudWatch, configuration: aws)
            sqs = try AWSClient(.sqs, configuration: aws)
            let sns = try AWSClient(.sns, configuration: aws)
            topic = try await sns.call("CreateTopic", ["Name": "alarms"])["TopicArn"]?.stringValue ?? ""
            queue = try await sqs.call("CreateQueue", ["QueueName": "chat"])["QueueUrl"] ?? ""
            let found = try await sqs.call("GetQueueAttributes", ["QueueUrl": queue, "AttributeNames": ["QueueArn"]])
            _ = try await sns.call(
                "Subscribe",
                [
                    "TopicArn": .string(topic), "Protocol": "sqs",
                    "Endpoint": found["Attributes"]?["QueueArn"] ?? "",
                ])
        }

        func put(errors: Double, latency: Double) async throws {
            for (metric, value) in [("errors", errors), ("latency", latency)] {
                let datum: JSONValue = [
                    "MetricName": .string(metric), "Value": .double(value),
                    "Dimensions": [["Name": "service", "Value": "web"]],
                ]
                _ = try await cloudWatch.call("PutMetricData", ["Namespace": "Shop", "MetricData": [datum]])
            }
        }

        /// The state of every alarm, by name.
        func states() async throws -> [String: String] {
            let output = try await cloudWatch.call(
                "DescribeAlarms", ["AlarmTypes": ["MetricAlarm", "CompositeAlarm"]])
            let alarms = ["MetricAlarms", "CompositeAlarms"].flatMap { output[$0]?.arrayValue ?? [] }
            return alarms.reduce(into: [:]) { states, alarm in
                states[alarm["AlarmName"]?.stringValue ?? ""] = alarm["StateValue"]?.stringValue
            }
        }

        /// The alarms that messages in the queue tell of, with their new states.
        func messages() async throws -> Set<String> {
            let output = try await sqs.call("ReceiveMessage", ["QueueUrl": queue, "MaxNumberOfMessages": 10])
            return try (output["Messages"]?.arrayValue ?? []).reduce(into: []) { found, message in
                let body = try JSONValue(parsing: message["Body"]?.stringValue ?? "")
                let alarm = try JSONValue(parsing: body["Message"]?.stringValue ?? "")
                found.insert(
                    "\(alarm["AlarmName"]?.stringValue ?? "") \(alarm["NewStateValue"]?.stringValue ?? "")")
            }
        }
    }

    @Test("plan, apply, nothing to write, a fault, alarm and composite, their messages, destroy")
    func life() async throws {
        let server = try MinistackServer()
        defer { server.stop() }
        let loop = try EventLoop.onOwnThread()
        defer { loop.stop() }
        let environment = server.environment
        try await withTaskExecutorPreference(loop) {
            let stand = try await Stand(AWSConfiguration(environment: environment, loop: loop))
            try await stand.put(errors: 0, latency: 1)
            try await Workspace.withTemporaryFolder { folder in
                try Self.rules.write(to: folder.appending(path: "rules.yaml"), atomically: false, encoding: .utf8)
                @Sendable func run(_ arguments: String...) throws -> Command.Result {
                    let options = ["--rules", "rules.yaml", "--no-auto-tags", "--no-catalogue", "--topic", stand.topic]
                    return try Command.run(
                        BuiltTocsin.path, ["alarms"] + arguments + options, folder: folder,
                        environment: environment.merging(["HOME": folder.path]) { $1 })
                }
                let plan = try run("plan", "--detailed-exitcode")
                #expect(plan.status == 2, "\(plan)")
                #expect(plan.output.contains("3 to create"), "\(plan)")
                #expect(try await stand.states() == [:], "a plan makes nothing")
                for writes in [3, 0] {
                    let applied = try run("apply", "--yes", "--json")
                    #expect(applied.status == 0, "\(applied)")
                    #expect(try JSONValue(parsing: applied.output)["writeCalls"] == JSONValue(writes), "\(applied)")
                }
                #expect(try await stand.states().keys.sorted() == Self.names)

                try await stand.put(errors: 1, latency: 9)
                let firing = Set(Self.names.map { "\($0) ALARM" })
                var messages: Set<String> = []
                let end = ContinuousClock.now + .seconds(30)
                while !messages.isSuperset(of: firing), ContinuousClock.now < end {
                    messages.formUnion(try await stand.messages())
                    try await Task.sleep(for: .milliseconds(200))
                }
                #expect(messages.isSuperset(of: firing), "\(messages)")
                #expect(try await stand.states().values.allSatisfy { $0 == "ALARM" })

                let destroyed = try run("destroy", "--yes")
                #expect(destroyed.status == 0, "\(destroyed)")
                #expect(try await stand.states() == [:], "\(destroyed)")
            }
        }
    }
}
