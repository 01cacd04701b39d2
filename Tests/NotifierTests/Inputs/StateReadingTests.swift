import Events
import JSON
import Testing

@testable import Notifier

/// States and severities in messages of formats that nobody has told the notifier about.
@Suite struct StateReadingTests {
    static func read(_ text: String) throws -> Notification {
        try #require(
            IncomingEvent(parsing: Array(text.utf8), requestID: "r", receivedAt: Samples.receivedAt)
                .messages.first?.notifications.first)
    }

    @Test(
        "a state word is read in every spelling",
        arguments: [
            ("FAILED", .critical), ("Failure", .critical), ("ERROR", .critical), ("TIMED_OUT", .critical),
            ("TimedOut", .critical), ("timed-out", .critical), ("ABORTED", .critical), ("ALARM", .critical),
            ("firing", .critical), ("UPDATE_ROLLBACK_COMPLETE", .critical), ("ROLLBACK_IN_PROGRESS", .critical),
            ("CREATE_FAILED", .critical), ("TERMINATED_WITH_ERRORS", .critical), ("Execution Failed", .critical),
            ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", .critical), ("unhealthy", .critical),
            ("NON_COMPLIANT", .warning), ("NonCompliant", .warning), ("CANCELLED", .warning), ("degraded", .warning),
            ("INSUFFICIENT_DATA", .warning), ("COMPLETED_WITH_WARNINGS", .warning),
            ("IN_PROGRESS", .info), ("InProgress", .info), ("running", .info), ("UPDATE_IN_PROGRESS", .info),
            ("OK", .ok), ("SUCCEEDED", .ok), ("resolved", .ok), ("closed", .ok), ("COMPLIANT", .ok), ("passed", .ok),
            ("UPDATE_COMPLETE", .ok), ("CREATE_COMPLETE", .ok), ("HOST_DOWN", .critical),
            ("FAILED_PERMANENTLY", .critical),
            ("NotReady", .warning), ("Not OK", .warning), ("unresolved", .warning), ("STALLED", .warning),
            ("NOT_STALLED", .ok), ("partiallySucceeded", .warning), ("succeededWithIssues", .warning),
            ("COMPLETED_WITH_FAILURES", .critical), ("VPN-CONNECTION-IPSEC-DOWN", .critical),
        ] as [(String, Severity)])
    func words(word: String, severity: Severity) throws {
        #expect(try Self.read(#"{"name":"x","state":"\#(word)"}"#).severity == severity)
        #expect(try Self.read(#"{"name":"x","state":"\#(word)"}"#).state == StateChange(to: word))
    }

    @Test(
        "what is no state is not red",
        arguments: [
            #"{"error_count":0,"failed":0}"#, #"{"failed":"0"}"#, #"{"error":null,"errors":[]}"#,
            #"{"state":"no errors"}"#, #"{"status":"not failed"}"#, #"{"status":"0 failed"}"#, #"{"status":500}"#,
            #"{"result":"the last run has failed"}"#, #"{"message":"FAILED","text":"ERROR"}"#, #"{"error":"FAILED"}"#,
            #"{"previousState":"FAILED"}"#, #"{"old_status":"ALARM"}"#, #"{"desiredStatus":"STOPPED"}"#,
            #"{"tests":[{"status":"FAILED"}]}"#, #"{"level":1}"#, #"{"level":"1"}"#, #"{"failed_jobs":"FAILED"}"#,
            #"{"status":"Berlin"}"#, #"{"state":"CA"}"#, #"{"estate":7}"#, #"{"status":{"code":200}}"#,
            #"{"severity":{"score":8}}"#, #"{"success":"no"}"#, #"{"state":"SCALING_DOWN"}"#,
            #"{"state":"scaled down"}"#, #"{"state":"shut down"}"#, #"{"state":"error free"}"#,
            #"{"state":"ALARM_OFF"}"#, #"{"state":"failed_over"}"#, #"{"eventType":"alert_rule_changed"}"#,
            #"{"state":"UP_FOR_RETRY"}"#, #"{"fromState":"FAILED","before_status":"down","originalState":"ALARM"}"#,
        ])
    func falseReds(text: String) throws {
        let notification = try Self.read(text)
        #expect(notification.severity == .info)
        #expect(notification.state == nil)
    }

    @Test(
        "state and severity together say how bad it is",
        arguments: [
            (#"{"status":"firing","severity":"warning"}"#, .warning),
            (#"{"status":"firing","severity":"P1"}"#, .critical),
            (#"{"status":"firing","severity":"none"}"#, .critical),
            (#"{"status":"open","severity":"high"}"#, .critical),
            (#"{"status":"resolved","severity":"critical"}"#, .ok), (#"{"status":"closed","priority":"P1"}"#, .ok),
            (#"{"status":"succeeded","priority":"high"}"#, .ok), (#"{"status":"completed","priority":"high"}"#, .ok),
            (#"{"status":"completed","severity":"HIGH"}"#, .critical),
            (#"{"severity":"major","title":"t"}"#, .critical), (#"{"severity":"SEV-2","title":"t"}"#, .warning),
            (#"{"status":"running","priority":"high"}"#, .info), (#"{"status":"open","priority":"high"}"#, .critical),
            (#"{"lastState":"failed","state":"ok"}"#, .ok), (#"{"fromState":"ALARM","toState":"OK"}"#, .ok),
            (#"{"state":{"current":"firing","previous":"ok"}}"#, .critical),
            (#"{"check_run":{"status":"completed","conclusion":"failure"}}"#, .critical),
            (#"{"data":{"essentials":{"severity":"Sev1","monitorCondition":"Fired"}}}"#, .critical),
            (#"{"data":{"essentials":{"severity":"Sev1","monitorCondition":"Resolved"}}}"#, .ok),
            (#"{"level":"info","status":"failed"}"#, .critical),
            (#"{"level":"error","msg":"x"}"#, .critical),
            (#"{"status":"completed","conclusion":"failure"}"#, .critical),
            (#"{"status":"completed","conclusion":"success"}"#, .ok), (#"{"success":false}"#, .critical),
            (#"{"success":true}"#, .ok), (#"{"state":{"value":"ALARM"},"previousState":{"value":"OK"}}"#, .critical),
            (#"{"object_kind":"pipeline","object_attributes":{"status":"failed"}}"#, .critical),
            (#"{"incident":{"state":"closed"}}"#, .ok), (#"{"severity":{"label":"HIGH"}}"#, .critical),
            (#"{"scan-status":"COMPLETE","finding-severity-counts":{"CRITICAL":2,"LOW":3}}"#, .critical),
            (#"{"scan-status":"COMPLETE","finding-severity-counts":{"CRITICAL":0,"LOW":3}}"#, .ok),
            (#"{"event":"down","monitor":{"name":"m"}}"#, .critical), (#"{"event":{"name":"x"}}"#, .info),
            (#"{"eventType":"REPLICATION_TASK_FAILED"}"#, .critical), (#"{"eventType":"AwsApiCall"}"#, .info),
            (#"{"requestPayload":{},"responseContext":{"functionError":"Unhandled"}}"#, .critical),
            (#"{"alert_type":"error","title":"t"}"#, .critical), (#"{"notification_type":"RECOVERY"}"#, .ok),
        ] as [(String, Severity)])
    func together(text: String, severity: Severity) throws {
        #expect(try Self.read(text).severity == severity)
    }

    @Test(
        "the title has the resource and its state",
        arguments: [
            (#"{"job":"nightly","status":"FAILED"}"#, "nightly: FAILED"),
            (#"{"name":"nightly","status":"FAILED"}"#, "nightly: FAILED"),
            (#"{"title":"Backup of db failed","status":"failed"}"#, "Backup of db failed"),
            (#"{"project":{"name":"shop"},"object_attributes":{"status":"failed"}}"#, "shop: failed"),
            (#"{"status":"FAILED"}"#, "Message of an unknown format: FAILED"),
            ("JobName='nightly'\nStatus='FAILED'\n", "nightly: FAILED"),
            (
                event(
                    "Glue Job State Change", "aws.glue", #"{"jobName":"etl","state":"FAILED","message":"no memory"}"#),
                "Glue Job: etl FAILED in Europe (Frankfurt)"
            ),
            (
                event(
                    "EC2 Command Status-change Notification", "aws.ssm", #"{"status":"TimedOut","document-name":"d"}"#),
                "EC2 Command: d TimedOut in Europe (Frankfurt)"
            ),
            (
                event("Order State Change", "shop", #"{"status":"FAILED"}"#, #""arn:aws:s:r:1:order/o-1""#),
                "Order: o-1 FAILED in Europe (Frankfurt)"
            ),
        ])
    func titles(text: String, title: String) throws {
        #expect(try Self.read(text).title == title)
    }

    static func event(_ type: String, _ source: String, _ detail: String, _ resources: String = "") -> String {
        """
        {"id":"e-1","detail-type":"\(type)","source":"\(source)","account":"111122223333","region":"eu-central-1",
        "time":"2026-11-20T10:00:00Z","resources":[\(resources)],"detail":\(detail)}
        """
    }

    @Test("a failure and the success after it are one incident")
    func incident() throws {
        let failed = try Self.read(
            Self.event("Glue Job State Change", "aws.glue", #"{"jobName":"e","state":"FAILED"}"#))
        let good = try Self.read(
            Self.event("Glue Job State Change", "aws.glue", #"{"jobName":"e","state":"SUCCEEDED"}"#))
        #expect(failed.incidentKey == "aws.glue|111122223333|eu-central-1|e")
        #expect(good.incidentKey == failed.incidentKey)
        #expect(good.severity == .ok)
    }

    @Test(
        "an event's type says that something failed",
        arguments: [
            ("EC2 Fleet Error", .critical), ("Lambda Function Invocation Result - Failure", .critical),
            ("GuardDuty Runtime Protection Unhealthy", .critical), ("KMS Imported Key Material Expiration", .warning),
            ("ACM Certificate Action Required", .warning), ("Order Created", .info), ("Error Report", .info),
        ] as [(String, Severity)])
    func types(type: String, severity: Severity) throws {
        #expect(try Self.read(Self.event(type, "some.source", "{}")).severity == severity)
    }

    @Test(
        "a state in capitals before a text is read, a word of a sentence is not",
        arguments: [
            ("[FIRING:1] HighLatency (shop)", .critical), ("[RESOLVED] HighLatency", .ok),
            ("CRITICAL: disk full", .critical),
            ("RESOLVED - disk full", .ok), ("WARNING: disk nearly full", .warning), ("Error: something", .info),
            ("ERROR budget is spent", .info), ("[db-1] FAILED", .info), ("A: FAILED", .info),
        ] as [(String, Severity)])
    func startOfTexts(text: String, severity: Severity) throws {
        #expect(try Self.read(text).severity == severity)
    }

    @Test(
        "malformed JSON has no bracket as title",
        arguments: ["{\n  \"name\": \"x\",\n  \"state\": FAILED\n}", "{\"a\":1", "[{\"a\":1}", "{'a': 1}"])
    func malformed(text: String) throws {
        let notification = try Self.read(text)
        #expect(notification.title == "Message that is not valid JSON")
        #expect(notification.text == text)
        #expect(notification.fields.contains { $0.name == "Not understood" && $0.value.hasPrefix("not valid JSON: ") })
    }

    @Test("text in brackets is no JSON", arguments: ["[db-1] is full", "{name} is down", "[", "{"])
    func noJSON(text: String) throws {
        #expect(try Self.read(text).title == text)
    }

    @Test(
        "quoted pairs are read with lines and quotes in their values",
        arguments: [
            ("A='1'\nB='2'", ["A": "1", "B": "2"]), ("A='1\n2'\nB='it's'\n", ["A": "1\n2", "B": "it's"]),
            ("A=''\nB='x'", ["A": "", "B": "x"]), ("A='1'", nil), ("A='1'\nB=2", nil), ("A='1\nB=2", nil),
            ("some text A='1'\nB='2'", nil), ("", nil),
        ] as [(String, [String: String]?)])
    func quotedPairs(text: String, expected: [String: String]?) {
        let pairs = QuotedPairs.read(text)?.map { ($0.key, $0.value.stringValue ?? "") }
        #expect(pairs.map { Dictionary(uniqueKeysWithValues: $0) } == expected)
    }

    /// An SNS record of a message with an attribute `severity`.
    private func record(_ message: String, severity: String) throws -> Notification {
        let event: JSONValue = [
            "Records": [
                [
                    "Sns": [
                        "MessageId": "m", "Message": .string(message), "Timestamp": "2026-11-20T10:00:00Z",
                        "MessageAttributes": ["severity": ["Type": "String", "Value": .string(severity)]],
                    ]
                ]
            ]
        ]
        return try Self.read(event.description)
    }

    @Test(
        "a severity attribute counts for every input",
        arguments: [
            "plain text", #"{"any":"JSON"}"#,
            event("EC2 Instance State-change Notification", "aws.ec2", #"{"instance-id":"i-1","state":"stopped"}"#),
            event("Order Rejected", "shop", #"{"reason":"x"}"#),
            event("ECS Service Action", "aws.ecs", #"{"eventName":"X"}"#),
            #"{"Event":"autoscaling:EC2_INSTANCE_LAUNCH","AutoScalingGroupName":"g"}"#, #"{"budgetName":"b"}"#,
            #"{"product":"ECS","name":"Instance:StateChange","level":"INFO","content":{}}"#,
            #"{"specversion":"1.0","type":"t","source":"s","id":"1"}"#, #"{"approval":{"pipelineName":"p"}}"#,
            #"{"AlarmName":"a","NewStateValue":"ALARM"}"#, #"{"anomalyId":"a","impact":{"totalImpact":1}}"#,
        ])
    func severityAttribute(message: String) throws {
        #expect(try record(message, severity: "P1").severity == .critical)
        #expect(try record(message, severity: "warning").severity == .warning)
    }

    @Test("a severity attribute leaves a recovery a recovery, and a fault a fault")
    func severityAttributeLimits() throws {
        #expect(try record(#"{"AlarmName":"a","NewStateValue":"OK"}"#, severity: "critical").severity == .ok)
        #expect(try record(#"{"AlarmName":"a","NewStateValue":"ALARM"}"#, severity: "ok").severity == .critical)
    }

    @Test("field names keep underscores")
    func fieldNames() throws {
        let event = try Self.read(
            #"{"product":"ECS","name":"Disk:X","level":"WARN","content":{"disk_id":"d-1","diskType":"ssd"}}"#)
        #expect(event.fields.contains(Field("disk_id", "d-1")))
        #expect(event.fields.contains(Field("Disk type", "ssd")))
        #expect(try Self.read(#"{"budgetName":"b","cost_center":"7"}"#).fields.contains(Field("cost_center", "7")))
    }

    @Test(
        "the old state of an alarm is shown, and an OK without an alarm before it is told apart",
        arguments: [
            ("INSUFFICIENT_DATA", "OK", "OK after INSUFFICIENT_DATA: \"a\""), ("ALARM", "OK", "OK: \"a\""),
            ("OK", "ALARM", "ALARM: \"a\""), ("INSUFFICIENT_DATA", "ALARM", "ALARM: \"a\""),
        ])
    func oldState(old: String, new: String, title: String) throws {
        let alarm = try Self.read(#"{"AlarmName":"a","OldStateValue":"\#(old)","NewStateValue":"\#(new)"}"#)
        #expect(alarm.title == title)
        #expect(alarm.fields.first == Field("State", "\(old) → \(new)"))
        #expect(alarm.state == StateChange(from: old, to: new))
    }
}
