import Basics
import Foundation
import JSON
import TestSupport
import Testing

@testable import FargateAdjuster

/// The page about `config.yaml` says what the code does.
@Suite struct ConfigurationPageTests {
    private let page: String

    init() throws {
        let path = Workspace.root.appending(path: "docs/fargate-adjuster-configuration.md")
        page = try String(contentsOf: path, encoding: .utf8)
    }

    /// The code blocks of a language, in order.
    private func blocks(_ language: String) -> [String] {
        page.components(separatedBy: "```\(language)\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
    }

    /// The first cells of the rows of the table under a heading, without backquotes.
    private func rows(under heading: String) -> [String] {
        let section = page.components(separatedBy: "\n## \(heading)\n").last ?? ""
        let text = section.components(separatedBy: "\n## ")[0]
        return text.split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst().map { line in
            line.split(separator: "|")[0].trimmingWhitespace.filter { $0 != "`" }
        }
    }

    private func read(_ yaml: String) throws(AdjusterError) -> AdjusterConfiguration {
        try AdjusterConfiguration(
            parsing: Array(yaml.utf8), file: "config.yaml", environment: Environment([:]))
    }

    @Test func example() throws {
        let configuration = try read(try #require(blocks("yaml").first))
        #expect(configuration.warnings == [])
        #expect(configuration.components.map(\.service) == ["shop-web"])
    }

    @Test func faultsOfTheExample() throws {
        let yaml = try #require(blocks("yaml").first)
            .replacing("'0.5', '1']}\n", with: "3]}\n").replacing("default: 100", with: "value: 100")
        let expected = page.components(separatedBy: "```\nconfig.yaml: ").last?.components(separatedBy: "\n```").first
        do throws(AdjusterError) {
            _ = try read(yaml)
            Issue.record("accepted")
        } catch { #expect(error.message == "config.yaml: " + (expected ?? "")) }
    }

    @Test func variablesOfTwoContainers() throws {
        let blocks = blocks("yaml")
        let yaml =
            "fargate:\n  web:\n    service_name: a\n"
            + (try #require(blocks.last)).split(separator: "\n").map { "    \($0)\n" }.joined()
        let settings = try read(yaml).components[0].environment
        #expect(settings.map(\.variable) == ["WORKERS", "WORKERS"])
        #expect(settings.map(\.container) == ["web", "proxy"])
    }

    @Test func description() throws {
        var component = try read(try #require(blocks("yaml").first)).components[0]
        (component.memory, component.replicas, component.environment) = (nil, nil, [])
        let definition = TaskDefinition(["taskDefinition": ["cpu": "512", "memory": "1024"]])
        let snapshot = ServiceSnapshot(
            service: FargateService(), taskDefinition: definition, readAt: Timestamp(secondsSinceEpoch: 0))
        let shown = try JSONValue(parsing: try #require(blocks("json").first))
        #expect(try component.description(of: snapshot).description == shown.description)
    }

    @Test func everyKeyOfAComponent() {
        #expect(rows(under: "A component") == ComponentReader.keys)
    }

    @Test func everySize() {
        #expect(
            rows(under: "Sizes") == FargateSizes.cpus.map { FargateSizes.number(ofUnits: $0).description })
    }
}
