import Foundation
import JSON
import TestSupport
import Testing

@testable import tocsin

/// `tocsin check` without a file in Gatus's format: URLs, and targets of a module of blackbox_exporter.
@Suite(.timeLimit(.minutes(2))) struct CheckURLTests {
    private static func site() throws -> ScriptedServer {
        try ScriptedServer { .http($0.target == "/bad" ? 500 : 200, body: "hello") }
    }

    private func check(_ arguments: String..., input: String = "") throws -> Command.Result {
        try Command.run(BuiltTocsin.path, ["check"] + arguments, input: input)
    }

    @Test func urls() throws {
        let site = try Self.site()
        let up = try check(site.url)
        #expect(up.status == 0, "\(up.errors)")
        #expect(up.output.contains("\(site.url)  up "), "\(up.output)")
        let both = try check("\(site.url)/", "\(site.url)/bad", "--output", "json")
        #expect(both.status == 1)
        let json = try JSONValue(parsing: both.output)
        #expect(json["endpoints"]?.arrayValue?.map { $0["outcome"] } == ["up", "down"])
        #expect(json["endpoints"]?[1]?["conditions"]?[0]?["condition"] == "[STATUS] (500) < 400")
        #expect(
            try check("\(site.url)/bad", "--condition", "[STATUS] == 500", "--condition", "[BODY] == hello").status == 0
        )
        #expect(try check("\(site.url)/", "--condition", "[STATUS] == 500").status == 1)
        #expect(try check("tcp://127.0.0.1:\(site.port)").status == 0)
    }

    @Test("wrong URLs and conditions are faults with exit status 2, wrong combinations with 64") func faults() throws {
        let wrong = try check("ftp://a.test", "--condition", "[STATUS] == 2xx")
        #expect(wrong.status == 2)
        #expect(wrong.errors.contains("the condition \"[STATUS] == 2xx\""), "\(wrong.errors)")
        #expect(wrong.errors.contains("the URL ftp://a.test begins with an unknown scheme"), "\(wrong.errors)")
        #expect(try check("no-such-file.yaml").status == 2)
        for (arguments, reason) in [
            (["a.yaml", "b.yaml"], "Give one file, not 2."),
            (["a.yaml", "https://a.test"], "Give either one file or URLs: a.yaml is a file, https://a.test is a URL."),
            (["a.yaml", "--condition", "[STATUS] == 200"], "--condition goes with URLs"),
            (["https://a.test", "--module", "m"], "--module goes with --blackbox."),
            (["--blackbox", "b.yml", "a.test", "--condition", "[STATUS] == 200"], "--condition goes with URLs"),
        ] {
            let result = try Command.run(BuiltTocsin.path, ["check"] + arguments)
            #expect(result.status == 64)
            #expect(result.errors.contains(reason), "\(result.errors)")
        }
    }

    @Test func modulesOfBlackboxExporter() throws {
        let site = try Self.site()
        let file = """
            modules:
              http_2xx: {prober: http, http: {preferred_ip_protocol: ip4, fail_if_body_not_matches_regexp: [hello]}}
              http_500: {prober: http, http: {preferred_ip_protocol: ip4, valid_status_codes: [500]}}
              three: {prober: http, http: {enable_http3: true}}
            """
        let up = try check("--blackbox", "-", "\(site.url)/", input: file)
        #expect(up.status == 0, "\(up.errors)")
        let down = try check("--blackbox", "-", "\(site.url)/", "\(site.url)/bad", input: file)
        #expect(down.status == 1)
        #expect(down.output.contains("\n  its status is 500, expected 2xx\n"), "\(down.output)")
        #expect(down.output.contains("http_2xx/\(site.url)/bad"), "\(down.output)")
        let other = try check(
            "--blackbox", "-", "--module", "http_500", "\(site.url)/bad", "--output", "junit", input: file)
        #expect(other.status == 0)
        #expect(other.output.contains("<testsuite name=\"http_500\" tests=\"1\" failures=\"0\""), "\(other.output)")
        let lacking = try check("--blackbox", "-", "--module", "three", "a.test", input: file)
        #expect(lacking.status == 2)
        #expect(
            lacking.errors == """
                Standard input cannot be used:
                line 4: modules.three.http.enable_http3: HTTP/3 is not supported: leave it out

                """)
        let unknown = try check("--blackbox", "-", "--module", "http_2x", "a.test", input: file)
        #expect(unknown.errors.contains(#"there is no module "http_2x": did you mean http_2xx?"#), "\(unknown.errors)")
    }

    @Test("--debug tells what happened, without cookies") func debug() throws {
        let site = try ScriptedServer { _ in
            .http(200, headers: [("Set-Cookie", "session=hush-hush"), ("X-Part", "one")], body: "hello")
        }
        let table = try check(site.url, "--debug")
        #expect(table.status == 0)
        for line in ["    address: 127.0.0.1", "    HTTP/1.1 200", "    X-Part: one", "    Set-Cookie: session=***"] {
            #expect(table.output.contains("\n\(line)"), "\(table.output)")
        }
        #expect(!table.output.contains("hush-hush"))
        let json = try JSONValue(parsing: try check(site.url, "--debug", "--output", "json").output)
        #expect(json["endpoints"]?[0]?["trace"]?.arrayValue?.contains("X-Part: one") == true)
        #expect(try !check(site.url).output.contains("X-Part"))
    }

    @Test("--debug tells of each step of a suite, without what the servers hand out") func debugOfSuites() throws {
        let site = try ScriptedServer { _ in
            .http(
                200,
                headers: [
                    ("X-Part", "one"), ("X-Auth-Token", "serverissued-1"), ("Location", "/ok?token=serverissued-2"),
                ])
        }
        let file = """
            suites:
              - name: s
                endpoints:
                  - {name: first, url: "\(site.url)/", conditions: ["[STATUS] == 200"]}
                  - {name: second, url: "\(site.url)/", conditions: ["[STATUS] == 200"], ui: {hide-hostname: true}}
            """
        let result = try check("-", "--debug", input: file)
        #expect(result.status == 0, "\(result.errors)")
        let parts = result.output.split(separator: "\n  second\n", maxSplits: 1)
        #expect(parts.count == 2, "\(result.output)")
        for part in parts {
            for line in ["    X-Part: one", "    X-Auth-Token: ***", "    Location: /ok?token=***"] {
                #expect(part.contains("\n\(line)\n"), "\(result.output)")
            }
        }
        #expect(parts.first?.contains("address: 127.0.0.1") == true && parts.last?.contains("127.0.0.1") == false)
        #expect(!result.output.contains("serverissued"))
    }

    @Test(arguments: [
        ("example.org", true), ("example.org:8443/a?b=c.yaml", true), ("localhost", true), ("https://a", true),
        ("tcp://a:1", true), ("192.0.2.1", true), ("checks.yaml", false), ("checks.yml", false), ("a/b.json", false),
        ("conf.d/endpoints.yaml", false), ("example.org/b?c=d.yml", true), ("example.org:80/b.json", true),
        ("./example.org", false), ("/etc/example.org", false), ("~/x.org", false), ("-", false), ("", false),
        ("endpoints", false), ("s3://bucket/key", false), ("ssm:/name", false), ("there.is", false),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/a", false),
    ])
    func filesAndURLs(argument: String, isURL: Bool) {
        #expect(CheckArgument.isURL(argument) { $0 == "there.is" } == isURL)
    }
}
