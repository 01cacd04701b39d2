import Foundation

/// The program `tocsin` of this build; for test targets that depend on it.
public enum BuiltTocsin {
    /// Beside the test's own executable.
    public static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "tocsin").path
}
