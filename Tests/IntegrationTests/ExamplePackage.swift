import Foundation
import JSON
import TestSupport

/// The package of `docs/swift-functions.md`, in a folder of its own, with this checkout as its dependency by version.
///
/// Folder and build are kept in `.build`, so that only the first run compiles everything.
enum ExamplePackage {
    /// The package as the page shows it.
    static let source = Workspace.root.appending(path: "docs/examples/swift-functions")

    /// Whether it can be built: it takes the C libraries of `build.sh`, the packages of this checkout, and git.
    static let canBuild =
        FileManager.default.fileExists(atPath: library.path)
        && FileManager.default.fileExists(atPath: checkouts.path)
        && (try? Command.run("git", ["--version"]).status) == 0

    private static let build = Workspace.root.appending(path: ".build")
    private static let library = build.appending(path: "static/lib/pkgconfig/libcurl.pc")
    private static let checkouts = build.appending(path: "checkouts")
    private static let folder = build.appending(path: "swift-functions")
    private static let package = folder.appending(path: "package")
    private static let repository = folder.appending(path: "tocsin.git")

    private static let prepared = Result { try prepare() }

    /// Builds one of its products.
    /// - Returns: the path of the program.
    static func build(_ product: String) throws -> String {
        try prepared.get()
        try swift("build", "--product", product)
        return package.appending(path: ".build/debug/\(product)").path
    }

    private static func prepare() throws {
        try FileManager.default.createDirectory(at: package, withIntermediateDirectories: true)
        try tag()
        for item in ["Package.swift", "Sources", "Package.resolved"] {
            try? FileManager.default.removeItem(at: package.appending(path: item))
        }
        try FileManager.default.copyItem(
            at: source.appending(path: "Sources"), to: package.appending(path: "Sources"))
        let manifest = try String(contentsOf: source.appending(path: "Package.swift"), encoding: .utf8)
        let address = "https://git.example.com/tocsin.git"
        guard manifest.contains(address) else { throw ServerError("the example's Package.swift has no \(address)") }
        try manifest.replacing(address, with: repository.path)
            .write(to: package.appending(path: "Package.swift"), atomically: true, encoding: .utf8)
        try useOwnCheckouts()
        // To the newest version: without this, SwiftPM stays with the one that an earlier run has built.
        try swift("package", "update", "tocsin")
    }

    /// Commits the files of this checkout as they are, to a repository of their own, under a tag that is a version.
    private static func tag() throws {
        if !FileManager.default.fileExists(atPath: repository.path) {
            try git("init", "--quiet", "--bare", repository.path)
        }
        let tree = ["--git-dir", repository.path, "--work-tree", Workspace.root.path]
        try git(tree + ["add", "--all"])
        let tags = try git(tree + ["tag"]).split(separator: "\n").count
        // A version is not moved: a changed checkout gets the next one.
        if tags > 0, try git(tree + ["diff", "--cached", "--name-only", "HEAD"]).isEmpty { return }
        let author = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
        try git(author + tree + ["commit", "--quiet", "--allow-empty", "--message", "as it is"])
        try git(tree + ["tag", "1.0.\(tags)"])
    }

    /// Lets SwiftPM take the packages that this checkout depends on from its own checkouts, without a network.
    private static func useOwnCheckouts() throws {
        let state = try JSONValue(parsing: Array(Data(contentsOf: build.appending(path: "workspace-state.json"))))
        let mirrors = (state["object"]?["dependencies"]?.arrayValue ?? []).flatMap { dependency -> [JSONValue] in
            guard let name = dependency["subpath"]?.stringValue,
                let location = dependency["packageRef"]?["location"]?.stringValue
            else { return [] }
            // One package's address ends with `.git`, another one's for the same does not.
            let address = location.hasSuffix(".git") ? String(location.dropLast(4)) : location
            return [address, address + ".git"].map {
                ["original": .string($0), "mirror": .string(checkouts.appending(path: name).path)]
            }
        }
        let configuration = package.appending(path: ".swiftpm/configuration")
        try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: true)
        let content: JSONValue = ["object": .array(mirrors), "version": 1]
        try Data(content.serialized()).write(to: configuration.appending(path: "mirrors.json"))
    }

    private static func swift(_ command: String, _ arguments: String...) throws {
        let environment = [
            // What narrows our own targets down would take the products away.
            "-u", "TOCSIN_ONLY", "PKG_CONFIG_PATH=\(library.deletingLastPathComponent().path)",
        ]
        let options = ["--package-path", package.path, "--disable-dependency-cache"]
        let result = try Command.run("env", environment + ["swift", command] + options + arguments)
        guard result.status == 0 else {
            throw ServerError("swift \(command) failed: \(result.errors.suffix(4_000))\(result.output.suffix(4_000))")
        }
    }

    @discardableResult
    private static func git(_ arguments: [String]) throws -> String {
        let result = try Command.run("git", arguments)
        guard result.status == 0 else { throw ServerError("git \(arguments) failed: \(result.errors)") }
        return result.output
    }

    @discardableResult
    private static func git(_ arguments: String...) throws -> String { try git(arguments) }
}
