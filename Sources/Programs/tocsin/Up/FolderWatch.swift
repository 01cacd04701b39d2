import Basics

/// Reads a folder again when one of its files is another one.
struct FolderWatch: Sendable {
    let folder: UpFolder

    /// How often the files are looked at.
    private static let interval = Duration.milliseconds(500)

    /// Looks until the task is cancelled.
    /// - Parameters:
    ///   - version: the one that is in force.
    ///   - onChange: called with each new version, good or not.
    func run(after version: UpFolder.Version, onChange: @Sendable (UpFolder.Version) async -> Void) async {
        var stamps = version.stamps
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            guard stamps.contains(where: { FileStamp($0.key) != $0.value }) else { continue }
            let version = await folder.read()
            // A cancelled reading has faults that are none.
            if Task.isCancelled { return }
            stamps = version.stamps
            await onChange(version)
        }
    }
}
