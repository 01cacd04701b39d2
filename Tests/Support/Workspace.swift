public import Foundation

/// Where tests find the checkout and the helpers that `build.sh` installs under it.
public enum Workspace {
    /// The checkout: the nearest folder above this file that holds `Package.swift`.
    public static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path)
        {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// The Python of the virtual environment with boto3, botocore and moto; see `hasPython`.
    public static let python = root.appending(path: ".build/venv/bin/python").path

    /// Whether `python` is there.
    ///
    /// Tests that need it carry `.enabled(if: Workspace.hasPython, "run ./build.sh setup")`.
    public static let hasPython = FileManager.default.isExecutableFile(atPath: python)

    /// Gives the body a fresh folder and removes it afterwards.
    public static func withTemporaryFolder<R>(
        isolation: isolated (any Actor)? = #isolation,
        _ body: (URL) async throws -> R
    ) async throws -> R {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tocsin-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder)
    }
}
