import Foundation
import JSON
import TestSupport
import Testing

@testable import Notifier

/// Every output's exact requests, compared with the files in `Bodies`.
@Suite struct BodyTests {
    static func bodies(_ sample: SampleOutput) throws -> String {
        let output = try sample.make()
        let mentions = [Mention.here, .user("17"), .group("S2")]
        let first = output.messages(for: Sample.alarm, Sample.options(mentions: mentions))
        let thread = MessageReference(channel: "C9", id: "77", content: first[0].content)
        let cases: [(String, [OutboundMessage])] = [
            ("alarm that calls people", first),
            ("OK in the alarm's thread", output.messages(for: Sample.ok, Sample.options(thread: thread))),
            ("title alone", output.messages(for: Sample.plain, Sample.options())),
            ("hostile text", output.messages(for: Sample.hostile, Sample.options())),
            (
                "hostile text without layout",
                output.messages(for: Sample.hostile, Sample.options()).compactMap { $0.fallback?() }
            ),
        ]
        return cases.filter { !$0.1.isEmpty }.map { name, messages in
            "# \(name)\n" + messages.map { $0.line + "\n" }.joined()
        }.joined(separator: "\n")
    }

    @Test(arguments: SampleOutput.all)
    func exactBodies(of sample: SampleOutput) throws {
        try Recording.expect(try Self.bodies(sample), at: "Outputs/Bodies/\(sample.kind).txt")
    }

    @Test(arguments: SampleOutput.all)
    func sameNotificationSameMessages(of sample: SampleOutput) throws {
        let output = try sample.make()
        let (first, second) = (
            output.messages(for: Sample.long(), Sample.options()), output.messages(for: Sample.long(), Sample.options())
        )
        #expect(first.map(\.line) == second.map(\.line))
    }

    @Test func everyKindHasASample() {
        #expect(SampleOutput.all.map(\.kind) == OutputKind.all.map(\.name))
    }

    @Test(arguments: OutputKind.all.map(\.name))
    func everyKindIsDocumented(_ kind: String) throws {
        let page = try String(contentsOf: Workspace.root.appending(path: "docs/notifier.md"), encoding: .utf8)
        let kinds = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap {
            $0.split(separator: "|").first
        }
        #expect(kinds.contains { $0.contains("`\(kind)`") })
    }
}

/// What the page has to tell.
@Suite struct DocumentedNamesTests {
    @Test("every value of source that a rule can match is documented")
    func sources() throws {
        let page = try String(contentsOf: Workspace.root.appending(path: "docs/notifier.md"), encoding: .utf8)
        let folder = Workspace.root.appending(path: "Sources/Functions/Notifier")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        var names: Set<String> = []
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            let code = try String(contentsOf: file, encoding: .utf8)
            for match in code.matches(of: /Source\(rawValue: "([a-z0-9-]+)"\)/) { names.insert(String(match.1)) }
        }
        #expect(names.count > 20)
        for name in names { #expect(page.contains("`\(name)`"), "\(name)") }
        #expect(names == Set(Source.all.map(\.rawValue)))
    }

    @Test("every placeholder of a webhook's body is documented")
    func placeholders() throws {
        let page = try String(contentsOf: Workspace.root.appending(path: "docs/notifier.md"), encoding: .utf8)
        let fault = SettingsTests.faults("webhook", ["url": "https://a"], ["body": "{{nothing}}"]).first ?? ""
        let list = try #require(fault.components(separatedBy: "expected one of ").last)
        for name in list.components(separatedBy: ", field:")[0].components(separatedBy: ", ") {
            #expect(page.contains("`\(name)`"), "\(name)")
        }
        for name in ["`field:NAME`", "`tag:NAME`", "`max-messages`", "`requestId`"] { #expect(page.contains(name)) }
    }
}
