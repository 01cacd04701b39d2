import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// Imports go down the floors, never up, and never from one function to another.
@Suite struct FloorTests {
    /// A target of the package: where it lies and what it may import.
    private struct Target {
        let name: String
        let path: String
        let dependencies: [String]

        static let floors = ["System", "Base", "Cloud", "Functions", "Hosts", "Programs"]

        /// The height of its floor; nil for tests and benchmarks, which may import anything.
        var height: Int? {
            if path.hasPrefix("lambda/") || path.hasPrefix("fc/") { return Self.floors.firstIndex(of: "Programs") }
            let parts = path.split(separator: "/")
            return parts.first == "Sources" ? Self.floors.firstIndex(of: String(parts[1])) : nil
        }

        var isFunction: Bool { path.hasPrefix("Sources/Functions/") }
    }

    /// The one arrow between two functions: activities belong to experiments.
    private static let allowed: Set = ["ChaosActivities -> Experiments"]

    private static let targets = Result { try describePackage() }

    private static func describePackage() throws -> [Target] {
        // A scratch folder of its own: the usual one is locked by the test run.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: scratch) }
        let result = try Command.run(
            "env", ["-u", "TOCSIN_ONLY", "swift", "package", "--scratch-path", scratch.path, "dump-package"],
            folder: Workspace.root)
        try #require(result.status == 0, "\(result.errors)")
        let package = try JSONValue(parsing: Array(result.output.utf8))
        return try #require(package["targets"]?.arrayValue).map { target in
            Target(
                name: target["name"]?.stringValue ?? "", path: target["path"]?.stringValue ?? "",
                dependencies: (target["dependencies"]?.arrayValue ?? []).compactMap { dependency in
                    (dependency["byName"] ?? dependency["target"])?.arrayValue?.first?.stringValue
                })
        }
    }

    /// What goes up, or sideways between functions, each as `Above -> Below`.
    private static func wrongArrows(_ arrows: [(from: Target, to: Target)]) -> [String] {
        arrows.compactMap { from, to in
            guard let height = from.height, let other = to.height else { return nil }
            let isSideways = from.isFunction && to.isFunction && from.name != to.name
            let name = "\(from.name) -> \(to.name)"
            return (other > height || isSideways) && !allowed.contains(name) ? name : nil
        }
    }

    @Test func everyTargetIsOnAFloor() throws {
        let places = ["Sources/", "lambda/", "fc/", "Tests/", "Benchmarks/"]
        for target in try Self.targets.get() where !target.path.isEmpty {
            #expect(places.contains { target.path.hasPrefix($0) }, "\(target.name) lies in \(target.path)")
            if target.path.hasPrefix("Sources/") {
                #expect(target.height != nil, "\(target.name) lies on no floor: \(target.path)")
            }
        }
    }

    @Test func dependenciesGoDown() throws {
        let targets = try Self.targets.get()
        let byName = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0) })
        let arrows = targets.flatMap { from in from.dependencies.compactMap { byName[$0] }.map { (from, $0) } }
        #expect(arrows.count > 50)
        #expect(Self.wrongArrows(arrows) == [])
    }

    /// A module can be imported without being declared when something else has brought it along.
    @Test func importsAreDeclared() throws {
        let targets = try Self.targets.get()
        let names = Set(targets.map(\.name))
        var count = 0
        for target in targets where target.height != nil {
            let folder = Workspace.root.appending(path: target.path)
            let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            for case let file as URL in files where file.pathExtension == "swift" {
                for name in try Self.imports(of: file) where names.contains(name) {
                    count += 1
                    #expect(
                        target.dependencies.contains(name),
                        "\(target.name) imports \(name) in \(file.lastPathComponent) and does not declare it")
                }
            }
        }
        #expect(count > 100)
    }

    private static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index <= 2, index + 1 < words.count else { return nil }
            return line.first == " " ? nil : String(words[index + 1])
        }
    }

    @Test(arguments: [
        ("Base", "Cloud", true), ("Cloud", "Base", false), ("Cloud", "Cloud", false), ("Functions", "Functions", true),
        ("Functions", "Hosts", true), ("Hosts", "Functions", false), ("Programs", "Hosts", false),
    ])
    func whatIsWrong(from: String, to: String, isWrong: Bool) {
        let above = Target(name: "Above", path: "Sources/\(from)/Above", dependencies: ["Below"])
        let below = Target(name: "Below", path: "Sources/\(to)/Below", dependencies: [])
        #expect(Self.wrongArrows([(above, below)]) == (isWrong ? ["Above -> Below"] : []))
    }
}
