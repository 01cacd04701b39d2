import JSON
import TestSupport
import Testing

@testable import AWS
@testable import AWSPaginators

struct PaginatorTests {
    @Test(
        "the paths of the models' paginators",
        arguments: [
            ("Name", ["Name": "n"], "n"),
            ("List.Items", ["List": ["Items": [1]]], [1]),
            ("List.Items", ["List": ["Items": []]], []),
            ("Contents[-1].Key", ["Contents": [["Key": "a"], ["Key": "b"]]], "b"),
            ("Contents[-1].Key", ["Contents": []], nil),
            ("List.Items", ["List": "text"], nil),
        ] as [(String, JSONValue, JSONValue?)])
    func paths(_ path: String, _ page: JSONValue, _ expected: JSONValue?) {
        #expect(page.at(path) == expected)
    }

    @Test(
        "tokens that are empty are none",
        arguments: [
            (["Marker": "m"], "m"), (["Marker": ""], nil), (["Marker": nil], nil), ([:], nil),
            (["Marker": [:]], nil), (["Marker": ["id": 1]], ["id": 1]), (["Marker": 0], nil), (["Marker": 7], 7),
            (["Marker": "", "Contents": [["Key": "k"]]], "k"), (["Contents": [["Key": "k"]]], "k"),
            (["Marker": "m", "Contents": [["Key": "k"]]], "m"),
        ] as [(JSONValue, JSONValue?)])
    func tokens(_ page: JSONValue, _ expected: JSONValue?) {
        let model: JSONValue = [
            "input": ["Next"], "output": ["Marker || Contents[-1].Key"], "result": ["Contents"],
        ]
        let pagination = Pagination(model, input: nil, in: ShapeGraph(shapes: []))
        #expect(pagination.tokens(after: page)?["Next"] == expected)
    }

    private func collector(_ settings: (maximumItems: Int?, pageSize: Int?, token: String?)) throws -> PageCollector {
        try PageCollector(
            #require(try TestModel.sns.model().operation("ListTopics").pagination), [:],
            maximumItems: settings.maximumItems,
            pageSize: settings.pageSize, startingToken: settings.token)
    }

    @Test("a result can be read on from any place")
    func readOn() throws {
        let pages: [JSONValue] = [
            ["Topics": [1, 2, 3], "NextToken": "a"], ["Topics": [], "NextToken": "b"], ["Topics": [4, 5]],
        ]
        for size in 1...6 {
            var (found, token): ([JSONValue], String?) = ([], nil)
            repeat {
                var collector = try collector((size, nil, token))
                while let input = collector.nextInput {
                    try collector.take(pages[["a": 1, "b": 2][input["NextToken"]?.stringValue ?? ""] ?? 0])
                }
                let items = collector.output["Topics"]?.arrayValue ?? []
                #expect(items.count == size || collector.nextToken == nil)
                found += items
                token = collector.nextToken
            } while token != nil
            #expect(found == [1, 2, 3, 4, 5])
        }
    }

    @Test(
        "wrong settings are refused with what to do",
        arguments: [
            (-1, nil, nil, "the most items cannot be less than 0"),
            (nil, 10, nil, "the pages of this operation have no size that can be set"),
            (nil, nil, "eyJPdGhlciI6ICJ4In0=", "the starting token is not one of this operation"),
            (
                nil, nil, "eyJOZXh0VG9rZW4iOiAieCIsICJib3RvX3RydW5jYXRlX2Ftb3VudCI6IC0xfQ==",
                "the starting token is not one"
            ),
            (nil, nil, "a___b___3", "the starting token is not one of this operation"),
        ] as [(Int?, Int?, String?, String)])
    func wrongSettings(maximumItems: Int?, pageSize: Int?, token: String?, message: String) throws {
        let error = #expect(throws: AWSError.self) { try collector((maximumItems, pageSize, token)) }
        #expect(error?.localCode == .invalidParameter)
        #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
    }

    @Test func theClientJoinsPages() async throws {
        let pages = ["<member><TopicArn>a</TopicArn></member>", "<member><TopicArn>b</TopicArn></member>"]
        let replies = pages.enumerated().map { index, topics in
            let token = index == 0 ? "<NextToken>T</NextToken>" : ""
            return Reply.http(
                200,
                body: """
                    <ListTopicsResponse><ListTopicsResult><Topics>\(topics)</Topics>\(token)</ListTopicsResult>
                    </ListTopicsResponse>
                    """)
        }
        let server = try ScriptedServer(replies: replies)
        let configuration = try AWSConfiguration(
            environment: ["AWS_ENDPOINT_URL": server.url, "AWS_REGION": "eu-central-1"], http: Loop.http.get(),
            credentials: ClientFaultTests.keys, time: TestClock().source)
        let client = try AWSClient(.sns, configuration: configuration)
        let topics = try await client.items("ListTopics")
        #expect(topics == [["TopicArn": "a"], ["TopicArn": "b"]])
        #expect(
            server.requests.map { String(decoding: $0.body, as: UTF8.self).contains("NextToken=T") } == [false, true])
        let error = await #expect(throws: AWSError.self) { try await client.items("Publish") }
        #expect(error?.message == "Publish has no pages: call it without pagination settings")
        #expect(error?.operation == "Publish")
    }
}
