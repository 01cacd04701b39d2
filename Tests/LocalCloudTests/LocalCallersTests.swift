import AWS
import Basics
import Foundation
import JSON
import TestSupport
import Testing
import Transport

@testable import LocalCloud

/// Requests as web pages send them, and as programs do, to the servers that ask for no password.
@Suite(.timeLimit(.minutes(2)))
struct LocalCallersTests {
    private let client: HTTPClient

    init() throws { client = HTTPClient(loop: try EventLoop.onOwnThread()) }

    private func status(
        _ method: String, _ url: String, _ headers: Transport.HTTPHeaders = [:], _ text: String = ""
    ) async throws -> Int {
        let body: HTTPBody = text.isEmpty ? .none : .bytes(Array(text.utf8))
        return try await client.execute(HTTPRequest(method, url, headers: headers, body: body)).status
    }

    /// What a browser adds to the requests of a page, or asks for on behalf of one; and the answer.
    private static let pages: [(headers: Transport.HTTPHeaders, status: Int)] = [
        (["Origin": "http://page.example"], 403),
        // From a frame, or a file.
        (["Origin": "null"], 403),
        // An image, which has no origin.
        (["Sec-Fetch-Site": "cross-site"], 403),
        // Another server of this machine.
        (["Sec-Fetch-Site": "same-site"], 403),
        // Its own name was made to point to 127.0.0.1.
        (["Host": "page.example"], 421), (["Host": "127.0.0.1.page.example:80"], 421),
        (["Host": "localhost.page.example"], 421),
    ]

    /// What programs and people send.
    private static let programs: [Transport.HTTPHeaders] = [
        [:], ["Host": "localhost:80"], ["Host": "LOCALHOST"], ["Host": "[::1]:80"], ["Host": "bucket.localhost:80"],
        ["Sec-Fetch-Site": "none"],
    ]

    @Test func inbox() async throws {
        let messages = Locked<[Inbox.Message]>([])
        try await Inbox.run(onMessage: { message in messages.withLock { $0.append(message) } }) { inbox async throws in
            let url = inbox.url + "/chat"
            for page in Self.pages {
                #expect(try await status("POST", url, page.headers, #"{"title":"bad"}"#) == page.status)
            }
            // Who does not know the path.
            let server = url.prefix { $0 != "/" } + "//" + (url.split(separator: "/").dropFirst().first ?? "")
            for path in ["/messages/chat", "//chat", "/chat"] {
                #expect(try await status("POST", server + path, [:], #"{"title":"bad"}"#) == 404)
            }
            for headers in Self.programs {
                #expect(try await status("POST", url, headers, #"{"title":"good"}"#) == 200)
            }
        }
        #expect(messages.withLock { $0.map(\.title) } == Self.programs.map { _ in "good" })
        #expect(messages.withLock { $0.allSatisfy { $0.output == "chat" } })
    }

    @Test("a page may look at the example site, but not break it")
    func exampleSite() async throws {
        try await ExampleSite.run(failsByItself: false) { site async throws in
            for page in Self.pages {
                #expect(try await status("PUT", site.url + "/faults/search", page.headers) == page.status)
                #expect(try await status("GET", site.url + "/search", page.headers) == 200)
            }
            // As `curl -X PUT $SITE/faults/search` does.
            #expect(try await status("PUT", site.url + "/faults/search") == 200)
            #expect(try await status("GET", site.url + "/search") == 503)
            #expect(try await status("DELETE", site.url + "/faults/search") == 200)
            #expect(try await status("GET", site.url + "/search") == 200)
        }
    }

    @Test("what functions and commands of tests do passes through moto and the local CloudWatch, a page's does not")
    func localAWS() async throws {
        try #require(Workspace.hasPython)
        let server = Workspace.root.appending(path: ".build/venv/bin/moto_server").path
        try await LocalStack.run(server: server, progress: { _ in }) { stack async throws in
            let own = try AWSConfiguration(environment: stack.moto.environment, loop: EventLoop.onOwnThread())
            let s3 = try AWSClient(.s3, configuration: own)
            let cloudWatch = try AWSClient(.cloudWatch, configuration: own)
            _ = try await cloudWatch.call(
                "PutMetricData",
                ["Namespace": "n", "MetricData": [["MetricName": "m", "Value": 1.0, "Dimensions": []]]])
            let endpoints = [stack.moto.endpoint, try #require(stack.moto.cloudWatchEndpoint)]
            for endpoint in endpoints {
                for page in Self.pages {
                    // No browser asks first whether a page may send this, and it empties moto.
                    let reset = endpoint + "/moto-api/reset"
                    #expect(try await status("POST", reset, page.headers, "x") == page.status, "\(page)")
                    // It does ask before this.
                    var asked = page.headers
                    asked["Access-Control-Request-Method"] = "PUT"
                    #expect(try await status("OPTIONS", endpoint + "/", asked) == page.status, "\(page)")
                }
                for headers in Self.programs {
                    #expect(try await status("GET", endpoint + "/moto-api/", headers) == 200, "\(headers)")
                }
            }
            #expect(try await s3.call("ListBuckets", [:])["Buckets"]?.arrayValue?.count == 1)
            #expect(try await cloudWatch.call("ListMetrics", [:])["Metrics"]?.arrayValue?.count == 1)
            // The AWS of a program that was not written here.
            let script = """
                import boto3
                s3, sns = boto3.client("s3"), boto3.client("sns")
                print(len(s3.list_buckets()["Buckets"]), len(sns.list_topics()["Topics"]))
                """
            let python = try Command.run(Workspace.python, ["-c", script], environment: stack.moto.environment)
            #expect(python.output == "1 2\n", "\(python.errors)")
        }
    }
}
