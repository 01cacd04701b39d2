import Basics
import Foundation
import JSON
import TestSupport
import Testing

/// `docs/swift-functions.md`: functions of another package, which depends on this one by version.
@Suite(
    .enabled(if: ExamplePackage.canBuild, "needs git, the C libraries and the packages: run ./build.sh setup"),
    .serialized
)
struct SwiftFunctionsTests {
    @Test(
        "a function for Lambda answers, and fails, under AWS's emulator",
        .enabled(if: RuntimeInterfaceEmulator.isInstalled, "the emulator is not installed: run ./build.sh setup"))
    func lambda() async throws {
        let program = try ExamplePackage.build("hello")
        try await Workspace.withTemporaryFolder { folder in
            // As the page does by hand.
            try FileManager.default.copyItem(atPath: program, toPath: folder.appending(path: "bootstrap").path)
            try Command.run("python3", ["-m", "zipfile", "-c", "hello.zip", "bootstrap"], folder: folder)
            let emulator = try RuntimeInterfaceEmulator(zip: folder.appending(path: "hello.zip"), environment: [:])
            defer { emulator.stop() }
            let answer = try emulator.invoke(Array(#"{"item": "tea", "count": 2}"#.utf8))
            #expect(answer.body == #"{"total":6}"#, "\(emulator.log)")
            #expect(emulator.log.contains("[INFO] ordered item=tea"))
            let failure = try JSONValue(parsing: emulator.invoke(Array(#"{"item": "tea", "count": "two"}"#.utf8)).body)
            #expect(failure["errorType"] == "Function.JSONError")
            #expect(failure["errorMessage"]?.stringValue?.hasPrefix("count: expected Int, found ") == true)
        }
    }

    @Test("the same function for Function Compute, called as Function Compute does")
    func functionCompute() throws {
        let program = try FunctionProgram(path: ExamplePackage.build("hello-fc"), [:])
        let answer = try post(#"{"item": "tea", "count": 2}"#, to: program)
        #expect(answer == #"200 {"total":6}"#, "\(program.log)")
        #expect(program.log.contains("[INFO] ordered item=tea"))
        let failure = try post(#"{"item": "tea"}"#, to: program)
        #expect(failure.hasPrefix("404 "), "\(failure)")
        #expect(failure.contains("JSONError"))
        #expect(program.stop() == 0, "\(program.log)")
    }

    @Test(
        "a durable function waits an hour without a process, and goes on",
        .enabled(if: LocalDurableRunner.isInstalled, "AWS's local runner is not installed: run ./build.sh setup"))
    func durable() throws {
        let runner = try LocalDurableRunner(bootstrap: ExamplePackage.build("shipment"), environment: [:])
        defer { runner.stop() }
        let execution = try runner.run(#"{"order": "o-7"}"#)
        #expect(execution.status == "SUCCEEDED", "\(execution) \(runner.log)")
        #expect(execution.result == #"{"delivered":{"order":"o-7","parcel":"P-1"}}"#)
        #expect(execution.events.filter { $0 == "WaitSucceeded" }.count == 1)
        #expect(execution.events.contains("InvocationCompleted"), "the invocation lasts as long as the wait")
    }

    /// Status and body of an invocation.
    private func post(_ event: String, to program: FunctionProgram) throws -> String {
        let script = """
            import sys, urllib.error, urllib.request
            request = urllib.request.Request(sys.argv[1] + "/invoke", sys.argv[2].encode(), {
                "x-fc-request-id": "1-a", "x-fc-control-path": "/invoke", "x-fc-function-timeout": "30"})
            try: answer = urllib.request.urlopen(request, timeout=60)
            except urllib.error.HTTPError as error: answer = error
            print(answer.status, answer.read().decode(), end="")
            """
        let result = try Command.run("python3", ["-c", script, program.url, event])
        try #require(result.status == 0, "\(result.errors)")
        return result.output
    }
}

/// What `docs/swift-functions.md` and the catalogues of the products show is code of the example, which is compiled.
@Suite struct SwiftFunctionsPageTests {
    /// The page and the articles of the catalogues.
    private static func pages() throws -> [URL] {
        let files = try #require(
            FileManager.default.enumerator(
                at: Workspace.root.appending(path: "Sources"), includingPropertiesForKeys: nil))
        let articles = files.compactMap { $0 as? URL }.filter { $0.pathExtension == "md" && $0.path.contains(".docc/") }
        #expect(articles.count >= 3)
        return articles + [Workspace.root.appending(path: "docs/swift-functions.md")]
    }

    @Test("each Swift listing is a part of one of the example's files")
    func listings() throws {
        let files = try #require(
            FileManager.default.enumerator(at: ExamplePackage.source, includingPropertiesForKeys: nil))
        let sources = try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { Self.withoutIndentation(try String(contentsOf: $0, encoding: .utf8)) }
        #expect(sources.count == 4)
        var (count, fences) = (0, 0)
        for page in try Self.pages() {
            let text = try String(contentsOf: page, encoding: .utf8)
            fences += text.matches(of: /```swift\n/).count
            for listing in text.matches(of: /```swift\n(?<code>(?s:.)*?)\n```/) {
                count += 1
                #expect(
                    sources.contains { $0.contains(Self.withoutIndentation(listing.output.code)) },
                    "\(page.lastPathComponent) shows code that no file of the example has:\n\(listing.output.code)")
            }
        }
        #expect(count == fences && count >= 7, "\(count) of \(fences) listings are compared")
    }

    @Test("the page lists the versions that Package.swift pins")
    func pins() throws {
        let manifest = try String(contentsOf: Workspace.root.appending(path: "Package.swift"), encoding: .utf8)
        let page = try String(contentsOf: Workspace.root.appending(path: "docs/swift-functions.md"), encoding: .utf8)
        let words = page.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let pins = manifest.matches(of: /\.package\(url: "[^"]*\/(?<name>[^"\/]+)", exact: "(?<version>[^"]+)"/)
        #expect(pins.count >= 7)
        for pin in pins {
            #expect(words.contains("\(pin.output.name) \(pin.output.version)"), "\(pin.output.name)")
        }
    }

    /// A part of a file is shown without the indentation that it has there.
    private static func withoutIndentation(_ code: some StringProtocol) -> String {
        code.split(separator: "\n", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
            .joined(separator: "\n")
    }
}
