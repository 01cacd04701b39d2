import Foundation
import TestSupport

/// A test that is the body of another process: this program, started again with that test alone.
struct TestChild {
    /// Where it is to die, or the like.
    let place: Int
    let folder: String

    private static let variable = "TOCSIN_TEST_CHILD"
    private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path

    /// What the process was told, if it was started for this test.
    init?(_ name: String) {
        let parts = (ProcessInfo.processInfo.environment[Self.variable] ?? "").split(separator: " ")
        guard parts.count == 3, parts[0] == name, let place = Int(parts[1]) else { return nil }
        (self.place, folder) = (place, String(parts[2]))
    }

    /// Runs a test, `Suite/name`, as a process of its own.
    static func run(_ test: String, _ folder: URL, place: Int = 0) throws -> Command.Result {
        try Command.run(program, arguments(test), environment: [variable: value(test, folder, place)])
    }

    /// Runs a test as several processes at the same time, and waits for all.
    static func runAtOnce(_ count: Int, _ test: String, _ folder: URL) throws {
        try Command.run(
            "bash", ["-c", "for i in $(seq $0); do \"$@\" & done; wait", "\(count)", program] + arguments(test),
            environment: [variable: value(test, folder, 0)])
    }

    private static func arguments(_ test: String) -> [String] {
        ["--testing-library", "swift-testing", "--filter", test]
    }

    private static func value(_ test: String, _ folder: URL, _ place: Int) -> String {
        "\(test.split(separator: "/").last ?? "") \(place) \(folder.path)"
    }
}
