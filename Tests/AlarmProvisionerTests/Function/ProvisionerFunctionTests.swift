import AWS
import Basics
import Events
import JSON
import StateStore
import TestSupport
import Testing
import Transport

@testable import AlarmProvisioner

/// The function with all its parts, against moto.
@Suite(
    .enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized, .timeLimit(.minutes(3)))
struct ProvisionerFunctionTests {
    private typealias Place = ProvisionerPlace

    private func summary(_ answer: JSONValue, _ name: String) -> Int64? { answer["summary"]?[name]?.intValue }

    @Test("a plan writes nothing, an apply makes it true, a second one makes no write, and destroy leaves the others'")
    func wholeRun() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders", "jobs", "mails")
        try await place.makeForeignAlarm("somebody-elses")
        let plan = try await place.invoke(["action": "plan"])
        #expect(plan["state"] == "done", "\(plan)")
        #expect(summary(plan, "create") == 3)
        #expect(summary(plan, "resources") == 3)
        #expect(try await place.alarms() == ["somebody-elses"])

        let made = try await place.invoke(["action": "apply"])
        #expect(made["state"] == "done", "\(made)")
        #expect(made["done"]?.intValue == 3)
        let all = ["somebody-elses", "tocsin-backlog-jobs", "tocsin-backlog-mails", "tocsin-backlog-orders"]
        #expect(try await place.alarms() == all)

        let again = try await place.invoke(["action": "scan"])
        #expect(again["state"] == "done", "\(again)")
        #expect(again["writeCalls"]?.intValue == 0)
        #expect(summary(again, "unchanged") == 3)

        let destroyed = try await place.invoke(["action": "destroy"])
        #expect(destroyed["state"] == "done", "\(destroyed)")
        #expect(try await place.alarms() == ["somebody-elses"], "\(destroyed)")
    }

    @Test("the function that is set to plan only plans, whatever runs it by itself")
    func planOnly() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules, "ALARM_ACTION": "plan"])
        try await place.makeQueues("orders")
        let answer = try await place.invoke(["action": "scan"])
        #expect(answer["action"] == "plan")
        #expect(summary(answer, "create") == 1)
        #expect(answer["writeCalls"] == nil)
        #expect(try await place.alarms().isEmpty)
        #expect(try await place.invoke(["action": "apply"])["writeCalls"]?.intValue == 1)
    }

    @Test("an event makes and deletes the alarms of the resource that it names, and no others")
    func oneResource() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders", "jobs")
        let made = try await place.invoke(Place.created(queue: "orders"))
        #expect(made["state"] == "done", "\(made)")
        #expect(try await place.alarms() == ["tocsin-backlog-orders"])
        _ = try await place.invoke(["action": "apply"])
        try await place.deleteQueue("orders")
        let deleted = try await place.invoke(Place.deleted(queue: "orders"))
        #expect(deleted["state"] == "done", "\(deleted)")
        #expect(try await place.alarms() == ["tocsin-backlog-jobs"])
        #expect(deleted["steps"]?[0]?["because"]?.stringValue?.contains("an event says so") == true)
    }

    @Test("an event changes nothing that the whole run makes of several resources")
    func oneOfSeveral() async throws {
        let rules = """
            rules:
              - name: backlog
                for: sqs
                metric: ApproximateNumberOfMessagesVisible
                stat: Maximum
                threshold: "> 100"
                alarm-name: backlog of the shop
              - name: oldest
                for: sqs
                metric: ApproximateAgeOfOldestMessage
                stat: Maximum
                threshold: "> 0.5 * retention_seconds"
                style: fleet
            """
        let place = try Place(["ALARM_RULES_TEXT": rules])
        try await place.makeQueues("orders", "jobs")
        _ = try await place.invoke(["action": "apply"])
        let all = try await place.alarms()
        #expect(all.count == 4)
        for queue in ["orders", "jobs"] {
            let answer = try await place.invoke(Place.created(queue: queue))
            #expect(answer["state"] == "done", "\(answer)")
            #expect(answer["writeCalls"]?.intValue == 0, "\(answer)")
            #expect(summary(answer, "unchanged") == 2)
            #expect(summary(answer, "resources") == 1)
        }
        #expect(try await place.alarms() == all)
    }

    @Test("services of one name in two clusters have an alarm each, also after an event for one of them")
    func sameNames() async throws {
        let rules = """
            rules:
              - name: busy
                for: ecs:service
                metric: CPUUtilization
                stat: Average
                threshold: "> 80"
            """
        let place = try Place(["ALARM_RULES_TEXT": rules])
        try await place.call(
            .ecs, "RegisterTaskDefinition",
            ["family": "api", "containerDefinitions": [["name": "api", "image": "api", "memory": 64]]])
        for cluster in ["blue", "green"] {
            try await place.call(.ecs, "CreateCluster", ["clusterName": .string(cluster)])
            try await place.call(
                .ecs, "CreateService",
                [
                    "cluster": .string(cluster), "serviceName": "api", "taskDefinition": "api", "desiredCount": 1,
                    "launchType": "FARGATE",
                ])
        }
        _ = try await place.invoke(["action": "apply"])
        let all = try await place.alarms()
        #expect(all.count == 2, "\(all)")
        for cluster in ["blue", "green"] {
            let service = "arn:aws:ecs:eu-central-1:123456789012:service/\(cluster)/api"
            let answer = try await place.invoke(["action": "apply", "resource": .string(service)])
            #expect(answer["writeCalls"]?.intValue == 0, "\(answer)")
            #expect(summary(answer, "unchanged") == 1)
        }
        #expect(try await place.alarms() == all)
    }

    @Test("an event for a dead-letter queue keeps its alarm, though only other queues tell what it is for")
    func deadLetters() async throws {
        let rules = """
            rules:
              - name: lost
                for: {kinds: [sqs], attributes: {dead_letter_queue: "true"}}
                metric: ApproximateNumberOfMessagesVisible
                stat: Maximum
                threshold: "> 0"
            """
        let place = try Place(["ALARM_RULES_TEXT": rules])
        try await place.makeQueues("lost-orders")
        let policy = #"{"deadLetterTargetArn":"arn:aws:sqs:eu-central-1:123456789012:lost-orders","maxReceiveCount":3}"#
        try await place.call(
            .sqs, "CreateQueue", ["QueueName": "orders", "Attributes": ["RedrivePolicy": .string(policy)]])
        _ = try await place.invoke(["action": "apply"])
        #expect(try await place.alarms() == ["tocsin-lost-lost-orders"])
        let answer = try await place.invoke(Place.created(queue: "lost-orders"))
        #expect(answer["writeCalls"]?.intValue == 0, "\(answer)")
        #expect(try await place.alarms() == ["tocsin-lost-lost-orders"])
    }

    @Test("a run for one region leaves another alone, though alarms of services without regions are there")
    func otherRegion() async throws {
        let rules =
            Place.rules + """

                  - name: visits
                    for: cloudfront:distribution
                    metric: Requests
                    stat: Sum
                    threshold: "> 100"
                """
        let place = try Place([
            "ALARM_RULES_TEXT": rules, "ALARM_REGIONS": "eu-central-1,us-east-1", "ALARM_GRACE": "0",
            "ALARM_MAX_DELETED_PERCENT": "100",
        ])
        try await place.makeQueues("orders")
        try await place.call(.sqs, "CreateQueue", ["QueueName": "jobs"], region: "us-east-1")
        let made = try await place.invoke(["action": "apply"])
        #expect(made["done"]?.intValue == 2, "\(made)")
        let answer = try await place.invoke(["action": "apply", "scopes": ["123456789012/eu-central-1"]])
        #expect(answer["writeCalls"]?.intValue == 0, "\(answer)")
        #expect(summary(answer, "unchanged") == 1)
    }

    /// A rule beside those of the place, for what has its alarms in us-east-1.
    private static let globalRule = """

          - name: reachable
            for: route53:healthcheck
            metric: HealthCheckStatus
            stat: Minimum
            threshold: "< 1"
        """

    /// A place with a queue in each of two regions and a health check, and their alarms.
    private func twoRegions() async throws -> (place: Place, own: [String], global: [String]) {
        let place = try Place([
            "ALARM_RULES_TEXT": Place.rules + Self.globalRule, "ALARM_GRACE": "0", "ALARM_MAX_DELETED_PERCENT": "100",
        ])
        try await place.makeQueues("orders")
        try await place.call(.sqs, "CreateQueue", ["QueueName": "jobs"], region: "us-east-1")
        try await place.call(
            .route53, "CreateHealthCheck",
            [
                "CallerReference": "1",
                "HealthCheckConfig": ["Type": "HTTPS", "FullyQualifiedDomainName": "example.com"],
            ])
        let made = try await place.invoke(["action": "apply"], ["ALARM_REGIONS": "eu-central-1,us-east-1"])
        #expect(made["done"]?.intValue == 3, "\(made)")
        let (own, global) = (try await place.alarms(), try await place.alarms(region: "us-east-1"))
        #expect(own.count == 1)
        #expect(global.count == 2)
        return (place, own, global)
    }

    @Test("a run that is not for us-east-1 looks only after the alarms of health checks there")
    func narrowedRegions() async throws {
        let (place, own, global) = try await twoRegions()
        for _ in 0..<2 {
            let answer = try await place.invoke(["action": "apply"], ["ALARM_REGIONS": "eu-central-1"])
            #expect(answer["writeCalls"]?.intValue == 0, "\(answer)")
            #expect(summary(answer, "unchanged") == 2)
        }
        // The last rule for health checks goes.
        let less = ["ALARM_REGIONS": "eu-central-1", "ALARM_RULES_TEXT": Place.rules]
        let answer = try await place.invoke(["action": "apply"], less)
        #expect(summary(answer, "delete") == 1, "\(answer)")
        #expect(try await place.alarms() == own)
        #expect(try await place.alarms(region: "us-east-1") == ["tocsin-backlog-jobs"])
        #expect(global.contains("tocsin-backlog-jobs"))
    }

    @Test("destroying one region leaves the others", arguments: [true, false])
    func destroyedRegion(_ isConfigured: Bool) async throws {
        let (place, _, global) = try await twoRegions()
        let regions = isConfigured ? "eu-central-1,us-east-1" : "eu-central-1"
        let answer = try await place.invoke(
            ["action": "destroy", "scopes": ["123456789012/eu-central-1"]], ["ALARM_REGIONS": regions])
        #expect(answer["state"] == "done", "\(answer)")
        #expect(try await place.alarms().isEmpty)
        #expect(try await place.alarms(region: "us-east-1") == (isConfigured ? global : ["tocsin-backlog-jobs"]))
    }

    @Test("the alarms of a resource can be destroyed by its id, where that tells what it is")
    func destroyedByID() async throws {
        let rules = """
            rules:
              - name: busy
                for: ec2:instance
                metric: CPUUtilization
                stat: Average
                threshold: "> 80"
            """
        let place = try Place(["ALARM_RULES_TEXT": rules])
        let run = try await place.call(
            .ec2, "RunInstances", ["ImageId": "ami-12c6146b", "MinCount": 2, "MaxCount": 2])
        let ids = (run["Instances"]?.arrayValue ?? []).compactMap { $0["InstanceId"]?.stringValue }
        _ = try await place.invoke(["action": "apply"])
        #expect(try await place.alarms().count == 2)
        let answer = try await place.invoke(["action": "destroy", "resource": .string(ids[0])])
        #expect(summary(answer, "delete") == 1, "\(answer)")
        #expect(try await place.alarms() == ["tocsin-busy-\(ids[1])"])
        let error = await #expect(throws: ProvisionerError.self) {
            try await place.invoke(["action": "destroy", "resource": "orders"])
        }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("orders does not tell it: give the ARN") == true, "\(error?.message ?? "")")
    }

    @Test("an event that says that a resource is gone deletes nothing while the resource is there")
    func falseAlarm() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders")
        _ = try await place.invoke(["action": "apply"])
        let answer = try await place.invoke(Place.deleted(queue: "orders"))
        #expect(answer["writeCalls"]?.intValue == 0, "\(answer)")
        #expect(try await place.alarms() == ["tocsin-backlog-orders"])
    }

    @Test("an event that says that a resource is gone deletes alarms that a whole run has marked, within their grace")
    func goneAfterMark() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders", "jobs")
        _ = try await place.invoke(["action": "apply"])
        try await place.deleteQueue("orders")
        let marked = try await place.invoke(["action": "apply"])
        #expect(summary(marked, "markMissed") == 1, "\(marked)")
        let deleted = try await place.invoke(Place.deleted(queue: "orders"))
        #expect(summary(deleted, "delete") == 1, "\(deleted)")
        #expect(try await place.alarms() == ["tocsin-backlog-jobs"])
    }

    @Test("alarms of a resource that is gone are marked first, and go when the grace is over")
    func grace() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules, "ALARM_GRACE": "0", "ALARM_MAX_DELETED_PERCENT": "100"])
        try await place.makeQueues("orders", "jobs")
        _ = try await place.invoke(["action": "apply"])
        try await place.deleteQueue("jobs")
        let marked = try await place.invoke(["action": "apply"])
        #expect(summary(marked, "markMissed") == 1, "\(marked)")
        #expect(try await place.alarms() == ["tocsin-backlog-jobs", "tocsin-backlog-orders"])
        let deleted = try await place.invoke(["action": "apply"])
        #expect(summary(deleted, "delete") == 1, "\(deleted)")
        #expect(try await place.alarms() == ["tocsin-backlog-orders"])
    }

    @Test("a service that cannot be reached deletes nothing, and the answer says which kind is missing")
    func incomplete() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules, "ALARM_GRACE": "0", "AWS_MAX_ATTEMPTS": "1"])
        try await place.makeQueues("orders")
        _ = try await place.invoke(["action": "apply"])
        let dead = ["AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1"]
        for _ in 0..<2 {
            let answer = try await place.invoke(["action": "apply"], dead)
            #expect(answer["state"] == "partial", "\(answer)")
            #expect(answer["incomplete"]?[0]?["kind"] == "sqs")
            #expect(answer["writeCalls"]?.intValue == 0)
        }
        #expect(try await place.alarms() == ["tocsin-backlog-orders"])
    }

    @Test("a plan that deletes too much is refused as a whole, and people are told")
    func refused() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules, "ALARM_GRACE": "0"])
        for number in 0..<8 { try await place.makeQueues("q\(number)") }
        _ = try await place.invoke(["action": "apply"])
        let topic = try await place.call(.sns, "CreateTopic", ["Name": "changes"])["TopicArn"]?.stringValue ?? ""
        try await place.makeQueues("heard")
        try await place.call(
            .sns, "Subscribe",
            [
                "TopicArn": .string(topic), "Protocol": "sqs",
                "Endpoint": "arn:aws:sqs:eu-central-1:123456789012:heard",
            ])
        let other = Place.rules.replacingBytes("for: sqs", with: "for: sns")
        let answer = try await place.invoke(
            ["action": "apply"], ["ALARM_RULES_TEXT": other, "ALARM_RESULT_TOPIC_ARN": topic])
        #expect(answer["state"] == "refused", "\(answer)")
        #expect(answer["refused"]?.stringValue != nil)
        #expect(try await place.alarms().count == 8)
        let change = try await heard(place, "heard")
        #expect(change?.state == .refused)
        #expect(change?.failures.first?.hasPrefix("nothing was changed") == true)
    }

    /// The change that waits in a queue.
    private func heard(_ place: Place, _ queue: String) async throws -> AlarmChange? {
        let url = try await place.call(.sqs, "GetQueueUrl", ["QueueName": .string(queue)])["QueueUrl"] ?? ""
        let output = try await place.call(.sqs, "ReceiveMessage", ["QueueUrl": url])
        guard let body = output["Messages"]?[0]?["Body"]?.stringValue else { return nil }
        let message = try JSONValue(parsing: body)["Message"]?.stringValue ?? ""
        return try AlarmChange(JSONValue(parsing: message))
    }

    @Test("what changed is published, and a run that changes nothing publishes nothing")
    func published() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("heard")
        let topic = try await place.call(.sns, "CreateTopic", ["Name": "changes"])["TopicArn"]?.stringValue ?? ""
        try await place.call(
            .sns, "Subscribe",
            [
                "TopicArn": .string(topic), "Protocol": "sqs",
                "Endpoint": "arn:aws:sqs:eu-central-1:123456789012:heard",
            ])
        let variables = ["ALARM_RESULT_TOPIC_ARN": topic]
        _ = try await place.invoke(["action": "apply"], request: "first", variables)
        let change = try #require(try await heard(place, "heard"))
        #expect(change.state == .done)
        #expect(change.created == 1)
        #expect(change.changes.map(\.alarm) == ["tocsin-backlog-heard"])
        #expect(change.trigger == "a call")
        #expect(change.id == "first")
        _ = try await place.invoke(["action": "apply"], request: "second", variables)
        let waiting = try await place.call(
            .sqs, "GetQueueAttributes",
            [
                "QueueUrl": place.call(.sqs, "GetQueueUrl", ["QueueName": "heard"])["QueueUrl"] ?? "",
                "AttributeNames": ["All"],
            ])
        #expect(waiting["Attributes"]?["ApproximateNumberOfMessages"]?.stringValue == "0")
    }

    @Test("a topic that is gone does not undo the changes")
    func topicGone() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders")
        let answer = try await place.invoke(
            ["action": "apply"], ["ALARM_RESULT_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:absent"])
        #expect(answer["state"] == "done", "\(answer)")
        #expect(try await place.alarms() == ["tocsin-backlog-orders"])
    }

    @Test("a second run waits for no one: it is skipped while another has the lease, and takes it when that is over")
    func lease() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules, "ALARM_STATE": "s3://alarm-state/lease"])
        try await place.makeQueues("orders")
        try await place.call(
            .s3, "CreateBucket",
            ["Bucket": "alarm-state", "CreateBucketConfiguration": ["LocationConstraint": "eu-central-1"]])
        let loop = try EventLoopHolder.loop.get()
        let store = try #require(
            try StateStore.at("s3://alarm-state/lease") {
                try AWSConfiguration(environment: place.moto.environment, loop: loop)
            })
        let leases = Leases(in: store, holder: "another", now: { .now() })
        let end = Timestamp.now() + .seconds(60)
        guard
            case .acquired(let lease) = try await leases.acquire(
                AlarmProvisioner.leaseKey(owner: nil), until: end, deadline: end)
        else {
            Issue.record("the lease is not free")
            return
        }
        let skipped = try await place.invoke(["action": "scan"])
        #expect(skipped["state"] == "skipped", "\(skipped)")
        #expect(try await place.alarms().isEmpty)
        // One resource does not wait, and a plan changes nothing.
        #expect(try await place.invoke(["action": "plan"])["state"] == "done")
        #expect(try await place.invoke(Place.created(queue: "orders"))["state"] == "done")
        #expect(try await leases.release(lease, leaving: .null, deadline: end))
        #expect(try await place.invoke(["action": "scan"])["state"] == "done")
        // It was given back.
        #expect(try await place.invoke(["action": "scan"], request: "request-2")["state"] == "done")
    }

    @Test("the faults of all rules end the run before anything is changed")
    func faultyRules() async throws {
        let place = try Place(["ALARM_RULES_TEXT": "rules:\n  - name: x\n    for: sqz\n    metrik: y\n"])
        let error = await #expect(throws: ProvisionerError.self) { try await place.invoke(["action": "apply"]) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("sqz") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("metrik") == true)
        #expect(error?.message.contains("ALARM_RULES_TEXT") == true)
        let missing = try Place(["ALARM_RULES": "s3://absent/rules.yaml"])
        let unavailable = await #expect(throws: ProvisionerError.self) {
            try await missing.invoke(["action": "apply"])
        }
        #expect(unavailable?.code == .unavailable)
        #expect(unavailable?.message.contains("s3://absent/rules.yaml") == true)
    }

    @Test("every write refused is an error, so that Lambda tries again; an unknown account is one at once")
    func nothingDone() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders")
        let error = await #expect(throws: ProvisionerError.self) {
            try await place.invoke(["action": "apply", "scopes": ["210987654321/eu-central-1"]])
        }
        #expect(error?.message.contains("there is no role for the account 210987654321") == true)
        let dead = ["AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"]
        let nothing = await #expect(throws: ProvisionerError.self) {
            try await place.invoke(["action": "apply"], dead)
        }
        #expect(nothing?.code == .unavailable)
        #expect(nothing?.message.hasPrefix("nothing was done: ") == true)
    }

    @Test("roles lead to other accounts, with their credentials")
    func otherAccounts() async throws {
        let place = try Place([
            "ALARM_RULES_TEXT": Place.rules, "ALARM_ROLES": "arn:aws:iam::210987654321:role/alarms",
            "ALARM_EXTERNAL_ID": "shared",
        ])
        try await place.makeQueues("orders")
        let answer = try await place.invoke(["action": "apply"])
        #expect(answer["state"] == "done", "\(answer)")
        // moto has nothing in the other account.
        #expect(answer["summary"]?["create"]?.intValue == 1)
        let only = try await place.invoke(["action": "plan", "scopes": ["210987654321/eu-central-1"]])
        #expect(only["summary"]?["resources"]?.intValue == 0, "\(only)")
    }

    @Test("an event that needs nothing is ignored, and a batch is worked off")
    func ignored() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        var event = try #require(Place.created(queue: "orders").objectValue)
        event["detail"] = ["eventSource": "sqs.amazonaws.com", "eventName": "SendMessage"]
        #expect(try await place.invoke(.object(event))["state"] == "ignored")
        try await place.makeQueues("a", "b")
        let answers = try await place.invoke([Place.created(queue: "a"), Place.created(queue: "b"), .object(event)])
        #expect(answers.arrayValue?.count == 2)
        #expect(try await place.alarms() == ["tocsin-backlog-a", "tocsin-backlog-b"])
    }

    @Test("the plan and the list of rules show what an objective takes each way")
    func objectiveCosts() async throws {
        let rules = "objectives: [{name: tests, target: 99.9%, sla-test: {service: shop}}]"
        let place = try Place(["ALARM_RULES_TEXT": rules])
        let plan = try await place.invoke(["action": "plan"])
        #expect(plan["objectives"]?.arrayValue?.count == 1)
        #expect(plan["objectives"]?[0]?["math"]?["alarms"]?.intValue == summary(plan, "create"))
        let provisioner = try Provisioner(environment: place.variables, loop: EventLoopHolder.loop.get())
        let rows = try await provisioner.listing(deadline: nil, progress: { _ in })
        #expect(rows.map(\.json["cost"]) == [plan["objectives"]?[0]])
    }

    @Test("alarms of CloudwatchMonitoring's file are marked first, too, when an instance is gone")
    func graceOfOriginals() async throws {
        let rules = """
            - alert_metric: load1
              namespace: Monitoring/Telegraf
              stat: Average
              period: 60
              eval_period: 5
              operator: GreaterThanThreshold
              threshold: 4
              dimensions: [{type: ec2_instances, name: host}]
            """
        let place = try Place(["ALARM_RULES_TEXT": rules])
        let run = try await place.call(
            .ec2, "RunInstances", ["ImageId": "ami-12c6146b", "MinCount": 2, "MaxCount": 2])
        let instances = run["Instances"]?.arrayValue ?? []
        let zone = try await place.call(.route53, "CreateHostedZone", ["Name": "internal", "CallerReference": "1"])
        for (number, instance) in instances.enumerated() {
            let record: JSONValue = [
                "Name": .string("web-\(number).internal"), "Type": "A", "TTL": 60,
                "ResourceRecords": [["Value": instance["PrivateIpAddress"] ?? ""]],
            ]
            try await place.call(
                .route53, "ChangeResourceRecordSets",
                [
                    "HostedZoneId": zone["HostedZone"]?["Id"] ?? "",
                    "ChangeBatch": ["Changes": [["Action": "CREATE", "ResourceRecordSet": record]]],
                ])
        }
        _ = try await place.invoke(["action": "apply"])
        let all = try await place.alarms()
        #expect(all.count == 2, "\(all)")
        try await place.call(.ec2, "TerminateInstances", ["InstanceIds": [instances[0]["InstanceId"] ?? ""]])
        let marked = try await place.invoke(["action": "apply"])
        #expect(summary(marked, "markMissed") == 1, "\(marked)")
        #expect(summary(marked, "delete") == 0)
        #expect(try await place.alarms() == all)
    }

    @Test("explanations, listings and import say what is there")
    func questions() async throws {
        let place = try Place(["ALARM_RULES_TEXT": Place.rules])
        try await place.makeQueues("orders", "jobs")
        _ = try await place.invoke(["action": "apply"])
        try await place.makeForeignAlarm("by-hand")
        let loop = try EventLoopHolder.loop.get()
        let provisioner = try Provisioner(environment: place.variables, loop: loop)
        let rows = try await provisioner.listing(deadline: nil, progress: { _ in })
        #expect(rows.map(\.rule) == ["backlog"])
        #expect(rows[0].resources == 2)
        #expect(rows[0].alarms == 2)
        #expect(rows[0].origin == "ALARM_RULES_TEXT:2")
        let found = try await provisioner.explanations(
            ofAlarm: "tocsin-*-orders", deadline: nil, progress: { _ in })
        #expect(found.map(\.name) == ["tocsin-backlog-orders"])
        let facts = Dictionary(uniqueKeysWithValues: found[0].facts.map { ($0.name, $0.text) })
        #expect(facts["rule"] == "backlog")
        #expect(facts["resource"] == "arn:aws:sqs:eu-central-1:123456789012:orders")
        #expect(facts["threshold"]?.contains("100") == true)
        #expect(facts["state"] == "exists and is as it should be")
        #expect(
            try await provisioner.explanations(ofAlarm: "by-hand", deadline: nil, progress: { _ in }).isEmpty)

        let adopted = try await provisioner.adopt(["by-hand", "absent"], deadline: nil)
        #expect(adopted.map(\.result.name) == ["by-hand", "absent"])
        #expect(adopted.map { $0.result.failure == nil } == [true, false])
        let unwanted = try await provisioner.explanations(ofAlarm: "by-hand", deadline: nil, progress: { _ in })
        #expect(unwanted[0].facts.last?.text.hasPrefix("would be deleted: no rule asks for it") == true)
    }
}

enum EventLoopHolder {
    static let loop = Result { try EventLoop.onOwnThread() }
}
