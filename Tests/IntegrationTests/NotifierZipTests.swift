import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// The notifier's zip as `./build.sh` makes it.
private enum BuiltNotifier {
    static let zip = Workspace.root.appending(path: "dist/lambda/notifier.zip")

    /// Whether it can be run here under AWS's emulator.
    static let canRun =
        FileManager.default.fileExists(atPath: zip.path) && Workspace.hasPython && RuntimeInterfaceEmulator.isInstalled
}

/// `notifier.zip` under AWS's own Runtime Interface Emulator, sending to a chat server on this machine.
@Suite(
    .enabled(if: BuiltNotifier.canRun, "needs dist/lambda/notifier.zip and the Python helpers: run ./build.sh"),
    .serialized, .timeLimit(.minutes(3))
)
struct NotifierZipTests {
    private func start(_ environment: [String: String], timeout: Int = 10) throws -> RuntimeInterfaceEmulator {
        try RuntimeInterfaceEmulator(zip: BuiltNotifier.zip, environment: environment, timeout: timeout)
    }

    @Test func aTopicReachesTheWebhook() throws {
        let chat = try ChatServer()
        let emulator = try start(["SLACK_WEBHOOK_URL": chat.url + "/s3cr3t", "SLACK_CHANNEL": "#ops"])
        defer {
            emulator.stop()
            chat.stop()
        }
        let event = SampleEvents.topic([Self.alarm("cpu-high"), "plain & <text>"])
        let answer = #"{"records":2,"notifications":2,"sent":2,"duplicates":0,"dropped":0,"failed":0}"#
        #expect(try emulator.invoke(event.serialized()).body == answer, "\(emulator.log)")
        #expect(chat.accepted.map(\.target) == ["/s3cr3t", "/s3cr3t"])
        let messages = try chat.accepted.map { try JSONValue(parsing: $0.body) }
        #expect(messages.allSatisfy { $0["channel"] == "#ops" })
        #expect(messages[0].description.contains("cpu-high"))
        #expect(messages[1].description.contains("plain &amp; &lt;text&gt;"))
        #expect(try emulator.invoke(event.serialized()).body.contains(#""duplicates":2"#))
        #expect(chat.accepted.count == 2)
        #expect(!emulator.log.contains("s3cr3t"))
        #expect(emulator.log.components(separatedBy: "notifications delivered").count == 3)
    }

    @Test func aQueueHearsWhatFailed() throws {
        let chat = try ChatServer { request, number in
            request.text.contains("refused") ? .declines("no_text") : number < 3 ? .fails : .accepts
        }
        let emulator = try start(["SLACK_WEBHOOK_URL": chat.url])
        defer {
            emulator.stop()
            chat.stop()
        }
        let event = SampleEvents.queue([
            SampleEvents.notification(id: "a", Self.alarm("disk-full")), "refused", #"{"any":"json"}"#,
        ])
        #expect(
            try emulator.invoke(event.serialized()).body == #"{"batchItemFailures":[{"itemIdentifier":"sqs-1"}]}"#,
            "\(emulator.log)")
        #expect(chat.accepted.count == 2)
        #expect(emulator.log.contains("Slack answered 400: no_text"))
        let topic = try emulator.invoke(SampleEvents.topic(["refused too"]).serialized()).body
        #expect(topic.contains(#""errorType":"Function.NotSent""#), "\(topic)")
    }

    @Test func aSilentServiceIsAnsweredBeforeTheDeadline() throws {
        let chat = try ChatServer { _, _ in .stalls }
        let emulator = try start(["SLACK_WEBHOOK_URL": chat.url], timeout: 2)
        defer {
            emulator.stop()
            chat.stop()
        }
        let event = SampleEvents.queue(["one", "two"])
        #expect(
            try emulator.invoke(event.serialized()).body
                == #"{"batchItemFailures":[{"itemIdentifier":"sqs-0"},{"itemIdentifier":"sqs-1"}]}"#,
            "\(emulator.log)")
        #expect(emulator.functionProcesses.count == 1, "the function goes on")
    }

    @Test func rulesWithFaultsAreNamedAtTheStart() throws {
        let emulator = try start([
            "NOTIFY_CONFIG_TEXT": "outputs:\n  ops: {kind: slack}\nroutes:\n  - {to: nobody}\n", "NOTIFY_DIGEST": "5",
        ])
        defer { emulator.stop() }
        let body = try emulator.invoke(Array("{}".utf8)).body
        #expect(body.contains("line 2: outputs.ops.url is not set"), "\(body)")
        #expect(body.contains(#"line 4: routes[0].to is \"nobody\", expected one of the outputs: ops"#), "\(body)")
    }

    /// An alarm of CloudWatch, its message through SNS and SQS, secrets from a parameter, the memory in a table.
    ///
    /// All of AWS is moto, which carries no alarm actions out: the script publishes what CloudWatch would.
    @Test func fromAnAlarmThroughTopicAndQueue() throws {
        let chat = try ChatServer()
        let moto = try MotoServer.shared.get()
        let script = try Command.run(Workspace.python, ["-c", Self.script, moto.url, chat.url])
        try #require(script.status == 0, "\(script.errors)")
        var environment = moto.environment
        environment["NOTIFY_TABLE"] = "notifier-deliveries"
        environment["NOTIFY_CONFIG"] = "ssm:/notifier/rules"
        environment["NOTIFY_GRAPHS"] = "false"  // moto draws none
        let event = Array(script.output.utf8)
        for number in 0..<2 {  // the second process knows from the table what the first one has sent
            let emulator = try start(environment)
            defer { emulator.stop() }
            #expect(try emulator.invoke(event).body == #"{"batchItemFailures":[]}"#, "\(emulator.log)")
            let counted = number == 0 ? "sent=2" : "duplicates=2"
            #expect(emulator.log.contains(counted), "\(emulator.log)")
        }
        defer { chat.stop() }
        let calls = chat.accepted.filter { $0.target.hasPrefix("/api/chat.") }
        #expect(calls.map(\.target) == ["/api/chat.postMessage", "/api/chat.postMessage", "/api/chat.update"])
        #expect(calls.allSatisfy { $0["Authorization"] == "Bearer xoxb-s3cr3t" })
        let bodies = try calls.map { try JSONValue(parsing: $0.body) }
        #expect(bodies[0].description.contains("latency-high") && bodies[0]["thread_ts"] == nil)
        #expect(bodies[1]["thread_ts"]?.stringValue != nil)
        #expect(bodies[1]["thread_ts"] == bodies[2]["ts"])
    }

    /// What CloudWatch sends to SNS.
    private static func alarm(_ name: String) -> String {
        let value: JSONValue = [
            "AlarmName": .string(name), "AlarmDescription": "too high", "AWSAccountId": "123456789012",
            "NewStateValue": "ALARM", "NewStateReason": "Threshold Crossed", "OldStateValue": "OK",
            "StateChangeTime": "2026-11-21T03:42:00.123+0000", "Region": "EU (Frankfurt)",
            "AlarmArn": .string("arn:aws:cloudwatch:eu-central-1:123456789012:alarm:\(name)"),
            "Trigger": [
                "MetricName": "CPUUtilization", "Namespace": "AWS/EC2", "Statistic": "AVERAGE", "Period": 60,
                "EvaluationPeriods": 1, "Threshold": 90.0, "ComparisonOperator": "GreaterThanThreshold",
                "Dimensions": [["name": "InstanceId", "value": "i-1"]],
            ],
        ]
        return value.description
    }

    /// Prints the SQS event that Lambda would make of an alarm's two changes of state.
    private static let script = #"""
        import boto3, json, sys
        def client(name):
            return boto3.client(name, endpoint_url=sys.argv[1], region_name="eu-central-1",
                                aws_access_key_id="test", aws_secret_access_key="test")
        sns, sqs, cloudwatch = client("sns"), client("sqs"), client("cloudwatch")
        client("ssm").put_parameter(Name="/notifier/rules", Type="String", Value=json.dumps({
            "outputs": {"ops": {"kind": "slack-bot", "token": "ssm:/notifier/token", "channel": "C1",
                                "server": sys.argv[2] + "/api"}}}))
        client("ssm").put_parameter(Name="/notifier/token", Type="SecureString", Value="xoxb-s3cr3t")
        client("dynamodb").create_table(
            TableName="notifier-deliveries", BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}])
        topic = sns.create_topic(Name="notifier-alarms")["TopicArn"]
        queue = sqs.create_queue(QueueName="notifier-alarms")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        cloudwatch.put_metric_alarm(
            AlarmName="latency-high", MetricName="Latency", Namespace="Shop", Statistic="Average", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold", AlarmActions=[topic])
        old = "OK"
        for state in ["ALARM", "OK"]:
            cloudwatch.set_alarm_state(AlarmName="latency-high", StateValue=state, StateReason="Threshold Crossed")
            alarm = cloudwatch.describe_alarms(AlarmNames=["latency-high"])["MetricAlarms"][0]
            sns.publish(TopicArn=alarm["AlarmActions"][0], Message=json.dumps({
                "AlarmName": alarm["AlarmName"], "AlarmArn": alarm["AlarmArn"], "AWSAccountId": "123456789012",
                "NewStateValue": alarm["StateValue"], "NewStateReason": alarm["StateReason"], "OldStateValue": old,
                "StateChangeTime": alarm["StateUpdatedTimestamp"].isoformat(), "Region": "EU (Frankfurt)",
                "Trigger": {"MetricName": alarm["MetricName"], "Namespace": alarm["Namespace"], "Period": 60,
                            "EvaluationPeriods": 1, "Threshold": 1.0, "Statistic": "AVERAGE", "Dimensions": [],
                            "ComparisonOperator": alarm["ComparisonOperator"]}}))
            old = state
        records = []
        while len(records) < 2:
            for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
                records.append({"messageId": message["MessageId"], "body": message["Body"], "eventSource": "aws:sqs",
                                "eventSourceARN": arn, "awsRegion": "eu-central-1"})
        records.sort(key=lambda record: "ALARM" not in json.loads(json.loads(record["body"])["Message"])["NewStateValue"])
        print(json.dumps({"Records": records}))
        """#
}
