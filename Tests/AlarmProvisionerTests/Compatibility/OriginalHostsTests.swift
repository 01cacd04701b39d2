import AWS
import Basics
import JSON
import Synchronization
import TestSupport
import Testing
import Transport

@testable import AlarmProvisioner

/// Instances and their names, on moto: more than a page of each, and what happens when a call fails.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"), .serialized)
struct OriginalHostsTests {
    private static let loop = Result { try EventLoop.onOwnThread() }
    private static let scope = AlarmScope(account: "123456789012", region: "eu-central-1")

    /// Answers what a test says, and lets everything else through.
    private struct Denying: HTTPExecuting {
        let base: HTTPClient
        let part: String

        func execute(_ request: HTTPRequest) async throws -> HTTPResponse {
            var text = request.url
            if case .bytes(let bytes) = request.body { text += String(decoding: bytes, as: UTF8.self) }
            guard text.containsBytes(part) else { return try await base.execute(request) }
            let body = "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
            return HTTPResponse(status: 403, body: Array(body.utf8))
        }
    }

    private static func aws(_ moto: MotoServer, denying part: String? = nil) throws -> AWSConfiguration {
        let client = HTTPClient(loop: try loop.get())
        let http: any HTTPExecuting = if let part { Denying(base: client, part: part) } else { client }
        return try AWSConfiguration(environment: moto.environment, http: http, time: .live(loop.get()))
    }

    private static func hosts(_ aws: AWSConfiguration) async throws -> OriginalHosts {
        try await OriginalHostReader(
            ec2: AWSClient(.ec2, configuration: aws), route53: AWSClient(.route53, configuration: aws), scope: scope
        ).hosts()
    }

    /// An instance that is gone, one that is stopped, 105 zones, and 310 records of which a late one is the instance's.
    private static func fill(_ moto: MotoServer) async throws {
        let aws = try aws(moto)
        let (ec2, route53) = (try AWSClient(.ec2, configuration: aws), try AWSClient(.route53, configuration: aws))
        for address in ["10.0.0.1", "10.0.0.2", "10.0.0.3"] {
            let output = try await ec2.call(
                "RunInstances",
                ["ImageId": "ami-760aaa0f", "MinCount": 1, "MaxCount": 1, "PrivateIpAddress": .string(address)])
            let id = output["Instances"]?[0]?["InstanceId"] ?? .null
            if address == "10.0.0.2" { _ = try await ec2.call("StopInstances", ["InstanceIds": [id]]) }
            if address == "10.0.0.3" { _ = try await ec2.call("TerminateInstances", ["InstanceIds": [id]]) }
        }
        var zone = JSONValue.null
        for number in 0..<105 {
            let output = try await route53.call(
                "CreateHostedZone",
                ["Name": .string("zone-\(number).example."), "CallerReference": .string("\(number)")])
            if number == 104 { zone = output["HostedZone"]?["Id"] ?? .null }
        }
        let changes = (0..<310).map { number -> JSONValue in
            let address = number == 305 ? "10.0.0.1" : number == 306 ? "10.0.0.2" : "10.9.9.9"
            return [
                "Action": "CREATE",
                "ResourceRecordSet": [
                    "Name": .string("host-\(1_000 + number).zone-104.example."), "Type": "A", "TTL": 60,
                    "ResourceRecords": [["Value": .string(address)]],
                ],
            ]
        }
        _ = try await route53.call(
            "ChangeResourceRecordSets", ["HostedZoneId": zone, "ChangeBatch": ["Changes": .array(changes)]])
    }

    @Test func allPagesAreReadAndFaultsAreTold() async throws {
        let moto = try MotoServer()
        defer { moto.stop() }
        try await Self.fill(moto)

        let found = try await Self.hosts(Self.aws(moto))
        #expect(found.incomplete == [])
        #expect(
            found.hosts.sorted { $0.address < $1.address }.map(\.name) == [
                "host-1305.zone-104.example", "host-1306.zone-104.example",
            ])
        // One of EC2, two pages of zones, 104 zones of one page and one of two: moto has 300 records on a page.
        #expect(found.calls == 1 + 2 + 104 + 2)

        for (part, reason, count) in [
            ("DescribeInstances", "instances cannot be listed: ", 0),
            ("/hostedzone", "the names of instances cannot", 2),
            ("/rrset", "the names of instances cannot be read: ", 2),
        ] {
            let denied = try await Self.hosts(Self.aws(moto, denying: part))
            #expect(denied.hosts.map(\.name) == Array(repeating: nil, count: count))
            #expect(denied.incomplete.map(\.kind) == [.ec2Instance])
            #expect(denied.incomplete.first?.reason.hasPrefix(reason) == true)
            #expect(denied.incomplete.first?.reason.containsBytes("AccessDenied") == true)
        }
    }
}
