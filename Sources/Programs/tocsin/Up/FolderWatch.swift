import Basics

/// Reads a folder again when one of its files is another one.
struct FolderWatch: Sendable {
    /// Reads everything.
    let read: @Sendable () async -> UpFolder.Version

    /// How often the files are looked at.
    private static let interval = Duration.milliseconds(500)
    /// After how many looks a version that could not be taken over is read again.
    private static let looksToRetry = 4

    /// Looks until the task is cancelled.
    /// - Parameters:
    ///   - version: the one that is in force.
    ///   - onChange: called with each new version, good or not; false when it could not be taken over and is to be
    ///     tried again, such as on a full disk.
    func run(after version: UpFolder.Version, onChange: @Sendable (UpFolder.Version) async -> Bool) async {
        var stamps = version.stamps
        var looksLeft: Int?
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            looksLeft = looksLeft.map { $0 - 1 }
            guard looksLeft == 0 || stamps.contains(where: { FileStamp($0.key) != $0.value }) else { continue }
            let version = await read()
            // A cancelled reading has faults that are none.
            if Task.isCancelled { return }
            stamps = version.stamps
            looksLeft = await onChange(version) ? nil : Self.looksToRetry
        }
    }
}
