import AWS
import Basics
import JSON
import TestSupport
import Testing
import Transport

@testable import AWSResources

/// Against moto: queues and topics with tags of their own, which no other test looks for.
@Suite(.enabled(if: Workspace.hasPython, "run ./build.sh setup"))
struct DiscoveryTests {
    private func client(_ service: AWSService, endpoint: String? = nil) throws -> AWSClient {
        var environment = try MotoServer.shared.get().environment
        // A region of its own: moto loses the rest of a listing when another test changes what is listed.
        environment["AWS_REGION"] = "eu-north-1"
        if let endpoint {
            environment["AWS_ENDPOINT_URL"] = endpoint
            environment["AWS_MAX_ATTEMPTS"] = "1"
        }
        let configuration = try AWSConfiguration(
            environment: environment, http: Network.http.get(), time: .live(Network.loop.get()))
        return try AWSClient(service, configuration: configuration)
    }

    private func queues(_ count: Int, team: String) async throws {
        let sqs = try client(.sqs)
        for index in 0..<count {
            let tags: JSONValue = [
                "team": .string(team), "Name": .string("\(team)-\(index % 2 == 0 ? "even" : "odd")"),
            ]
            _ = try await sqs.call("CreateQueue", ["QueueName": .string("\(team)-\(index)"), "tags": tags])
        }
    }

    @Test func pagesTagsAndTypes() async throws {
        let team = "pages"
        try await queues(120, team: team)
        let topicTags: JSONValue = [["Key": "team", "Value": "pages"]]
        _ = try await client(.sns).call("CreateTopic", ["Name": "pages-topic", "Tags": topicTags])
        let discovery = ResourceDiscovery(client: try client(.resourceGroupsTaggingAPI))
        let everything = try await discovery.resources(ResourceSelector(parsing: ["tag:team=pages"])).all()
        #expect(everything.count == 121)
        let queues = try await discovery.resources(ResourceSelector(parsing: ["tag:team=pages"]), types: ["sqs"]).all()
        #expect(queues.count == 120)
        #expect(queues.allSatisfy { $0.type == "sqs" && $0.tags["team"] == "pages" })
        let odd = try await discovery.resources(
            ResourceSelector(parsing: ["tag:team=pages", "tag:Name=*-odd", "resource-type=sqs"])
        ).all()
        #expect(odd.count == 60)
        let either = try await discovery.resources(
            ResourceSelector(parsing: ["tag:team=pages", "tag:Name=pages-odd,pages-even"])
        ).all()
        #expect(either.count == 120)
        #expect(Set(either.map(\.arn)).count == 120)
    }

    @Test func nothingThatMatchesIsACompleteAnswer() async throws {
        let discovery = ResourceDiscovery(client: try client(.resourceGroupsTaggingAPI))
        guard case .complete(let found) = await discovery.resources(try ResourceSelector(parsing: ["tag:no-such=x"]))
        else {
            Issue.record("not complete")
            return
        }
        #expect(found.isEmpty)
    }

    @Test func tooManyPagesAreAPartialAnswer() async throws {
        try await queues(120, team: "bounded")
        let selector = try ResourceSelector(parsing: ["tag:team=bounded"])
        let discovery = ResourceDiscovery(client: try client(.resourceGroupsTaggingAPI), maximumCalls: 1)
        let result = await discovery.resources(selector)
        guard case .partial(let found, let reason) = result else {
            Issue.record("not partial: \(result)")
            return
        }
        #expect(!found.isEmpty)
        #expect(found.count < 120)
        #expect(result.found == found)
        #expect(reason.code == .tooMany)
        #expect(throws: AWSResourcesError.self) { try result.all() }
    }

    @Test func aServiceThatDoesNotAnswerIsAFailure() async throws {
        let client = try client(.resourceGroupsTaggingAPI, endpoint: "http://127.0.0.1:1")
        let result = await ResourceDiscovery(client: client).resources(ResourceSelector())
        guard case .failed(let reason) = result else {
            Issue.record("not failed: \(result)")
            return
        }
        #expect(reason.code == .notListed)
        #expect(reason.underlying is AWSError)
        #expect(throws: AWSResourcesError.self) { try result.all() }
    }

    @Test func filtersThatTheServiceDoesNotKnowAreRefused() async throws {
        let discovery = ResourceDiscovery(client: try client(.resourceGroupsTaggingAPI))
        let result = await discovery.resources(try ResourceSelector(parsing: ["instance-state-name=running"]))
        guard case .failed(let reason) = result else {
            Issue.record("not failed: \(result)")
            return
        }
        #expect(reason.code == .wrongSelector)
        #expect(reason.message.contains("instance-state-name"))
    }
}

private enum Network {
    static let loop = Result { try EventLoop.onOwnThread() }
    static let http = loop.map { HTTPClient(loop: $0, configuration: HTTPClientConfiguration(environment: [:])) }
}
