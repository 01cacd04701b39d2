import Basics
import ConfigurationSources
import Experiments
import Foundation
import JSON
import TestSupport
import Testing
import Transport

/// Experiments come from files, URLs and S3; what cannot be fetched says why.
@Suite struct LoaderTests {
    private static let document: JSONValue = ["title": "t"]

    private static func loader(
        _ environment: [String: String] = [:], auths: JSONObject = [:],
        http: HTTPScript = HTTPScript { _ in HTTPResponse(status: 500) }
    ) -> ExperimentLoader {
        let remote = RemoteValues(
            object: { bucket, key, _ in Array("{\"bucket\": \"\(bucket)\", \"key\": \"\(key)\"}".utf8) },
            parameter: { _, _ in throw ExperimentError(.notReadable, "not asked for") },
            secret: { _, _ in throw ExperimentError(.notReadable, "not asked for") })
        return ExperimentLoader(environment: environment, http: http, remote: remote, auths: auths)
    }

    @Test(
        "a file's name tells its format",
        arguments: [
            ("e.json", "{\"title\": \"t\"}"), ("e.yaml", "title: t"), ("e.v2.yml", "title: t"),
        ])
    func files(name: String, text: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            let file = folder.appending(path: name)
            try Data(text.utf8).write(to: file)
            #expect(try await Self.loader().load(file.path).value == Self.document)
        }
    }

    @Test(
        "a name without a known ending, a file that is not there and an unknown scheme are refused",
        arguments: [
            ("e.txt", "e.txt: the name of an experiment's file ends in"), ("none.yaml", "none.yaml cannot be read"),
            ("ftp://host/e.yaml", "cannot be fetched by ftp"), ("s3://bucket", "s3://bucket/key"),
        ])
    func refused(name: String, expected: String) async throws {
        try await Workspace.withTemporaryFolder { folder in
            try Data("title: t".utf8).write(to: folder.appending(path: "e.txt"))
            let location = name.contains("://") ? name : folder.appending(path: name).path
            let error = await #expect(throws: ExperimentError.self) { try await Self.loader().load(location) }
            #expect(error?.code == .notReadable)
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "an object of S3 is read by its key's ending, or as JSON and then YAML",
        arguments: ["a/e.json", "a/e", "e.yml"])
    func objects(key: String) async throws {
        let source = try await Self.loader().load("s3://b/\(key)")
        #expect(source.value == ["bucket": "b", "key": .string(key)])
        #expect(source.name == "s3://b/\(key)")
    }

    @Test(
        "the content type tells a URL's format",
        arguments: [
            ("application/json; charset=utf-8", "{\"title\": \"t\"}", true), ("application/x-yaml", "title: t", true),
            ("text/yaml", "title: t", true), ("text/plain", "title: t", true),
            ("text/plain", "{\"title\": \"t\"}", true),
            ("application/json", "title: t", false), ("text/html", "title: t", false), (nil, "title: t", false),
        ])
    func contentTypes(type: String?, body: String, isRead: Bool) async throws {
        let http = HTTPScript { _ in
            var response = HTTPResponse(status: 200, body: Array(body.utf8))
            response.headers["Content-Type"] = type
            return response
        }
        let source = try? await Self.loader(http: http).load("https://example.com/e")
        #expect(source?.value == (isRead ? .some(Self.document) : .none))
    }

    @Test(
        "the token of the variable goes before what the settings have for the host and its port",
        arguments: [
            ("http://h:81/e", [:], "Bearer s"), ("http://h/e", [:], nil), ("http://h:81/e", ["T": " t\n"], "bearer t"),
            ("http://other/e", ["T": "t"], "bearer t"),
        ] as [(String, [String: String], String?)])
    func authorization(url: String, variables: [String: String], expected: String?) async throws {
        let http = HTTPScript { request in
            #expect(request.headers["Authorization"] == expected)
            return HTTPResponse(status: 200, headers: ["Content-Type": "text/yaml"], body: Array("title: t".utf8))
        }
        let environment = variables["T"].map { [ExperimentLoader.tokenVariable: $0] } ?? [:]
        let auths: JSONObject = ["h:81": ["type": "Bearer", "value": "s"]]
        #expect(try await Self.loader(environment, auths: auths, http: http).load(url).value == Self.document)
    }

    @Test("a failed fetch tells the status, and neither the query nor the password of the URL")
    func failedFetch() async throws {
        let http = HTTPScript { _ in HTTPResponse(status: 403) }
        let url = "https://user:password@example.com:81/e.yaml?X-Amz-Signature=abc"
        let error = await #expect(throws: ExperimentError.self) { try await Self.loader(http: http).load(url) }
        #expect(
            error?.message
                == "https://example.com:81/e.yaml answered with status 403: set CHAOSTOOLKIT_LOADER_AUTH_BEARER_TOKEN, "
                + "or auths in the settings")
    }
}

/// Answers requests by a closure.
struct HTTPScript: HTTPExecuting {
    let answer: @Sendable (HTTPRequest) -> HTTPResponse

    init(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) { self.answer = answer }

    func execute(_ request: HTTPRequest) async throws -> HTTPResponse { answer(request) }
}
