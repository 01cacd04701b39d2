import AWSResources
import Basics
import Events
import JSON
import Testing

@testable import AlarmProvisioner

@Suite struct ProvisionerEventTests {
    private static let arn = "arn:aws:lambda:eu-central-1:123456789012:function:checkout"

    private static func read(_ text: String) throws -> ProvisionerEvent {
        let event = IncomingEvent(parsing: Array(text.utf8), requestID: "r", receivedAt: Timestamp(microseconds: 0))
        return try ProvisionerEvent(try #require(event.messages.first))
    }

    private static func request(_ text: String) throws -> ProvisionerRequest {
        guard case .requests(let requests) = try read(text), requests.count == 1 else {
            throw ProvisionerError(.invalid, "not one request: \(text)")
        }
        return requests[0]
    }

    /// An event of EventBridge.
    private static func event(_ type: String, _ detail: String, resources: String = "[]") -> String {
        #"{"version":"0","id":"e","detail-type":"\#(type)","source":"aws.x","account":"123456789012","#
            + #""time":"2026-11-28T12:00:00Z","region":"eu-west-1","resources":\#(resources),"detail":\#(detail)}"#
    }

    // MARK: Direct

    @Test("a direct call says what is done and with what")
    func direct() throws {
        #expect(try Self.request(#"{"action":"plan"}"#).action == .plan)
        #expect(try Self.request(#"{"action":"apply"}"#).action == .apply)
        #expect(try Self.request(#"{"action":"destroy"}"#).action == .destroy)
        #expect(try Self.request(#"{"action":"apply"}"#).range == Provisioner.Range())
        let one = try Self.request(
            #"{"action":"apply","resource":"\#(Self.arn)","scopes":["123456789012/eu-west-1"]}"#)
        #expect(one.range.resource == Self.arn)
        #expect(one.range.kinds == [.lambdaFunction])
        #expect(one.range.scopes == [AlarmScope(account: "123456789012", region: "eu-west-1")])
        #expect(!one.range.isGone)
        #expect(try Self.request(#"{"action":"apply","resource":"i-1"}"#).range.kinds == nil)
    }

    @Test("auto-alarms' scan and schedules do what the function is set to, with everything")
    func scans() throws {
        for text in [#"{"action":"scan"}"#, Self.event("Scheduled Event", "{}")] {
            let request = try Self.request(text)
            #expect(request.action == nil)
            #expect(request.range == Provisioner.Range())
        }
        #expect(try Self.request(Self.event("Scheduled Event", "{}")).trigger == "schedule")
    }

    @Test("a topic's message is read as the event in it")
    func topic() throws {
        let message = JSONValue.string(#"{"action":"destroy"}"#)
        let text =
            #"{"Records":[{"EventSource":"aws:sns","Sns":{"Type":"Notification","MessageId":"m","TopicArn":"t","#
            + #""Message":\#(message)}}]}"#
        #expect(try Self.request(text).action == .destroy)
    }

    @Test(
        "a wrong event says what is expected",
        arguments: [
            (#"{"action":"aply"}"#, "action is \"aply\", expected one of plan, apply, destroy, did you mean apply?"),
            (#"{"action":7}"#, "action is 7, expected one of plan, apply, destroy."),
            (#"{}"#, "the event has no action. The provisioner takes"),
            (#""now""#, "the event is a string. The provisioner takes"),
            (#"{"action":"plan","region":"eu-west-1"}"#, "the event has an unknown member region."),
            (#"{"action":"plan","resource":5}"#, "resource is 5, expected the ARN or the id of a resource"),
            (#"{"action":"plan","resource":""}"#, "resource is \"\", expected"),
            (#"{"action":"plan","scopes":["eu-west-1"]}"#, "scopes has \"eu-west-1\", expected texts such as"),
            (#"{"action":"plan","scopes":["12345678901/eu-west-1"]}"#, "scopes has"),
            (event("Object Created", "{}"), "an event \"Object Created\" of aws.x came. The provisioner takes"),
            (event("AWS API Call via CloudTrail", "{}"), "a record of CloudTrail has no eventSource"),
            (event("EC2 Instance State-change Notification", "{}"), "an event of an EC2 instance has no instance-id"),
            (event("Tag Change on Resource", "{}"), "a tag change names no resource by its ARN"),
        ])
    func wrong(text: String, message: String) throws {
        let error = #expect(throws: ProvisionerError.self) { try Self.read(text) }
        #expect(error?.code == .invalid)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    // MARK: EventBridge

    @Test(
        "an instance that is running or terminated, and no other state",
        arguments: [
            ("pending", nil), ("running", false), ("stopping", nil), ("stopped", nil), ("shutting-down", nil),
            ("terminated", true),
        ] as [(String, Bool?)])
    func instances(state: String, isGone: Bool?) throws {
        let event = Self.event(
            "EC2 Instance State-change Notification", #"{"instance-id":"i-1","state":"\#(state)"}"#)
        guard let isGone else {
            #expect(
                try Self.read(event)
                    == .ignored("i-1 is \(state): alarms change when an instance is running or terminated"))
            return
        }
        let request = try Self.request(event)
        #expect(request.range.resource == "i-1")
        #expect(request.range.kinds == [.ec2Instance])
        #expect(request.range.isGone == isGone)
        #expect(request.range.scopes == [AlarmScope(account: "123456789012", region: "eu-west-1")])
        #expect(request.action == nil)
    }

    @Test("a change of tags names the resource, and those of other services are ignored")
    func tags() throws {
        let request = try Self.request(
            Self.event("Tag Change on Resource", "{}", resources: #"["\#(Self.arn)"]"#))
        #expect(request.range.resource == Self.arn)
        #expect(request.range.kinds == [.lambdaFunction])
        #expect(!request.range.isGone)
        let role = "arn:aws:iam::123456789012:role/x"
        #expect(
            try Self.read(Self.event("Tag Change on Resource", "{}", resources: #"["\#(role)"]"#))
                == .ignored("\(role) is of no kind that alarms are made for"))
    }

    private static func call(_ source: String, _ name: String, _ detail: String) -> String {
        event(
            "AWS API Call via CloudTrail", #"{"eventSource":"\#(source)","eventName":"\#(name)",\#(detail)}"#)
    }

    @Test(
        "records of CloudTrail name the resource where its service writes it",
        arguments: [
            (
                "ec2.amazonaws.com", "RunInstances",
                #""responseElements":{"instancesSet":{"items":[{"instanceId":"i-9"}]}}"#, "i-9",
                ResourceKind.ec2Instance,
                false
            ),
            (
                "ec2.amazonaws.com", "DeleteVpcEndpoints",
                #""requestParameters":{"DeleteVpcEndpointsRequest":{"VpcEndpointId":{"tag":1,"content":"vpce-1"}}}"#,
                "vpce-1", .vpcEndpoint, true
            ),
            (
                "lambda.amazonaws.com", "DeleteFunction20150331", #""requestParameters":{"functionName":"checkout"}"#,
                "checkout", .lambdaFunction, true
            ),
            (
                "lambda.amazonaws.com", "CreateFunction20150331",
                #""requestParameters":{"functionName":"checkout"},"responseElements":{"functionArn":"\#(arn)"}"#, arn,
                .lambdaFunction, false
            ),
            (
                "lambda.amazonaws.com", "CreateFunction20150331",
                #""requestParameters":{"functionName":"checkout"},"responseElements":null"#, "checkout",
                .lambdaFunction, false
            ),
            (
                "sqs.amazonaws.com", "DeleteQueue",
                #""requestParameters":{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"}"#, "jobs",
                .queue, true
            ),
            (
                "elasticloadbalancing.amazonaws.com", "CreateTargetGroup",
                #""responseElements":{"targetGroups":[{"targetGroupArn":"arn:tg"}]}"#, "arn:tg", .targetGroup, false
            ),
            (
                "s3.amazonaws.com", "DeleteBucket", #""requestParameters":{"bucketName":"b"}"#, "b", .bucket, true
            ),
        ])
    func calls(
        source: String, name: String, detail: String, id: String, kind: ResourceKind, isGone: Bool
    ) throws {
        let request = try Self.request(Self.call(source, name, detail))
        #expect(request.range.resource == id)
        #expect(request.range.kinds?.contains(kind) == true)
        #expect(request.range.isGone == isGone)
        #expect(request.trigger == name)
    }

    @Test("a request for each resource of a call, and one for everything when there are many or none")
    func severalResources() throws {
        func terminated(_ count: Int) throws -> [ProvisionerRequest] {
            let items = (0..<count).map { #"{"instanceId":"i-\#($0)"}"# }.joined(separator: ",")
            let event = Self.call(
                "ec2.amazonaws.com", "TerminateInstances",
                #""requestParameters":{"instancesSet":{"items":[\#(items)]}}"#)
            guard case .requests(let requests) = try Self.read(event) else { return [] }
            return requests
        }
        #expect(try terminated(2).map(\.range.resource) == ["i-0", "i-1"])
        #expect(try terminated(2).allSatisfy(\.range.isGone))
        #expect(try terminated(10).count == 10)
        for count in [0, 11] {
            let requests = try terminated(count)
            #expect(requests.map(\.range) == [Provisioner.Range()])
            #expect(requests.map(\.trigger) == ["TerminateInstances"])
        }
    }

    @Test("a call that failed, and one that is not in the table, are ignored")
    func ignored() throws {
        #expect(
            try Self.read(
                Self.call("sqs.amazonaws.com", "CreateQueue", #""errorCode":"AccessDenied","requestParameters":{}"#))
                == .ignored("CreateQueue failed with AccessDenied"))
        #expect(
            try Self.read(Self.call("sqs.amazonaws.com", "SendMessage", #""requestParameters":{}"#))
                == .ignored("sqs:SendMessage is not watched: narrow the rule of EventBridge"))
    }

    @Test(
        "the kind of an ARN",
        arguments: [
            ("arn:aws:ec2:r:1:instance/i-1", [.ec2Instance]), ("arn:aws:ec2:r:1:volume/v", [.ebsVolume]),
            ("arn:aws:ec2:r:1:vpc-endpoint/v", [.vpcEndpoint]),
            ("arn:aws:ec2:r:1:vpc-endpoint-service/v", [.vpcEndpointService]), ("arn:aws:ec2:r:1:vpc/v", []),
            ("arn:aws:sqs:r:1:jobs", [.queue]), ("arn:aws:s3:::b", [.bucket]), ("arn:aws:rds:r:1:db:a", [.rdsInstance]),
            ("arn:aws:rds:r:1:cluster:a", [.rdsCluster]), ("arn:aws:rds:r:1:cluster-snapshot:a", []),
            ("arn:aws:elasticloadbalancing:r:1:loadbalancer/app/a/1", [.applicationLoadBalancer]),
            ("arn:aws:elasticloadbalancing:r:1:loadbalancer/net/a/1", [.networkLoadBalancer]),
            ("arn:aws:elasticloadbalancing:r:1:targetgroup/a/1", [.targetGroup]),
            ("arn:aws:apigateway:r::/restapis/abc", [.restAPI]), ("arn:aws:apigateway:r::/apis/abc", [.httpAPI]),
            ("arn:aws:states:r:1:stateMachine:a", [.stateMachine]), ("arn:aws:iam::1:role/a", []),
        ] as [(String, Set<ResourceKind>)])
    func kinds(arn: String, kinds: Set<ResourceKind>) throws {
        #expect(ResourceKind.kinds(ofARN: try #require(.init(arn))) == kinds)
    }
}
