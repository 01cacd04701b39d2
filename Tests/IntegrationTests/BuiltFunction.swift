import Foundation
import TestSupport

/// A function's zip as `./build.sh` makes it.
enum BuiltFunction {
    static let metricWriter = Workspace.root.appending(path: "dist/lambda/metric-writer.zip")

    /// Whether it can be run here under AWS's emulator.
    static let canRun =
        FileManager.default.fileExists(atPath: metricWriter.path) && Workspace.hasPython
        && RuntimeInterfaceEmulator.isInstalled
}
