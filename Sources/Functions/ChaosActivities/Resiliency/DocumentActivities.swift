import Basics
import Experiments
import JSON

/// How activities that run a document of Systems Manager are declared.
extension NativeActivity {
    /// A fault by a document, on instances that ``TargetChoice`` chooses.
    ///
    /// - Parameters:
    ///   - arguments: all of the original's; what is not in the original is added.
    ///   - endsByItself: whether there is nothing to undo: what was killed or deleted does not come back by an undo.
    static func fault(
        _ module: String, _ function: String, _ summary: String, arguments: [Argument], endsByItself: Bool = false,
        _ fault: DocumentFault
    ) -> NativeActivity {
        let options = endsByItself ? [] : fault.options
        // Stages are always waited for, since one begins after the other.
        let wait: [Argument] = fault.stagePrefixes.isEmpty ? [.init("wait", .flag, true)] : []
        let fault = fault.adding(options)
        return .aws(
            module, function, .action, summary,
            arguments: arguments + options.arguments + TargetChoice.quantityArguments + wait,
            calls: DocumentFault.calls, choice: TargetChoice.choice,
            targets: { try await fault.targets($0) }, undo: endsByItself ? nil : DocumentFault.undo,
            run: { try await fault.run($0, $1) })
    }
}

extension DocumentFault {
    /// What our documents can do and the original's cannot: whom a fault on the network never hits, and whether the
    /// tools are installed, which a host without the internet cannot do.
    var options: [Parameter] {
        let name = document.lowercased()
        let isOnNetwork = ["network", "packetloss", "blackhole"].contains { name.containsBytes($0) }
        let excludes: [Parameter] = [
            .init("excludeAddresses", "exclude_addresses"), .init("excludePorts", "exclude_ports"),
        ]
        return (isOnNetwork ? excludes : []) + [.init("installDependencies", "install_dependencies")]
    }

    func adding(_ options: [Parameter]) -> DocumentFault {
        var fault = self
        fault.parameters += options
        return fault
    }
}

extension [DocumentFault.Parameter] {
    /// The arguments that give the parameters.
    var arguments: [NativeActivity.Argument] { flatMap(\.arguments).map { .init($0, .any, .null) } }
}

extension [NativeActivity.Argument] {
    /// Arguments without a value of their own: the document's defaults count.
    ///
    /// Experiments write numbers or texts.
    static func optional(_ names: String...) -> [NativeActivity.Argument] { names.map { .init($0, .any, .null) } }

    /// Arguments with the originals' defaults, all of which are texts.
    static func with(_ defaults: KeyValuePairs<String, JSONValue>) -> [NativeActivity.Argument] {
        defaults.map { .init($0.key, .any, $0.value) }
    }

    /// The arguments for stages.
    static func stages(_ prefix: String) -> [NativeActivity.Argument] {
        [.init("\(prefix)_parameter_map", .object, [:]), .init("\(prefix)_failure_mode", .any, "FailFast")]
    }
}
