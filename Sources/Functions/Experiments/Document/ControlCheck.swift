import Basics
import JSON

extension DocumentCheck {
    /// All controls, at every level.
    mutating func controls(of document: JSONObject) {
        var lists: [(JSONValue?, DocumentPath)] = [(document["controls"], DocumentPath("controls"))]
        let hypothesis = DocumentPath("steady-state-hypothesis")
        lists.append((document["steady-state-hypothesis"]?["controls"], hypothesis["controls"]))
        let activities = [
            (document["steady-state-hypothesis"]?["probes"], hypothesis["probes"]),
            (document["method"], DocumentPath("method")), (document["rollbacks"], DocumentPath("rollbacks")),
        ]
        for (list, path) in activities {
            for (index, activity) in (list?.arrayValue ?? []).enumerated() {
                lists.append((activity["controls"], path[index]["controls"]))
            }
        }
        var controls: [(JSONObject, DocumentPath)] = []
        for (list, path) in lists { controls += self.controls(list, at: path) }
        let names = controls.compactMap { $0.0["ref"] == nil ? $0.0["name"] : nil }
        for (control, path) in controls { self.control(control, at: path, names) }
    }

    private mutating func controls(_ list: JSONValue?, at path: DocumentPath) -> [(JSONObject, DocumentPath)] {
        switch list {
        case nil, "", .object([:])?: return []
        case .array(let controls)?:
            return controls.enumerated().compactMap { index, control in
                mapping(control, at: path[index], "a control has name and provider").map { ($0, path[index]) }
            }
        case let other?:
            error(path, "must be a list of controls, not \(other.inMessage)")
            return []
        }
    }

    private mutating func control(_ control: JSONObject, at path: DocumentPath, _ names: [JSONValue]) {
        unknownKeys(control, at: path, known: KnownKeys.control)
        if let reference = control["ref"], !names.contains(reference) {
            let meant = reference.stringValue.flatMap(names.compactMap(\.stringValue).nearest)
            error(
                path["ref"], "there is no control \(reference.inMessage)", hint: meant.map { "did you mean \($0)?" })
        }
        if control["name"] == nil { error(path["name"], "is missing") }
        if let scope = control["scope"], scope.isTruthy, scope != "before", scope != "after" {
            error(path["scope"], "must be before or after, not \(scope.inMessage)", hint: "leave it out for both")
        }
        guard let provider = control["provider"] else { return error(path["provider"], "is missing") }
        if let provider = mapping(provider, at: path["provider"], "a provider has type and module") {
            controlProvider(provider, at: path["provider"])
        }
    }

    /// What a control calls; of the three Chaos Toolkit knows `python` only, and does nothing with others.
    private mutating func controlProvider(_ provider: JSONObject, at path: DocumentPath) {
        switch provider["type"] {
        case "python":
            if let module = requiredText("module", of: provider, at: path) { controlModule(module, at: path["module"]) }
        case "process":
            if provider["path"]?.stringValue == nil { warning(path, "needs a path: the control does nothing") }
        case "http":
            if provider["url"]?.stringValue == nil { warning(path, "needs a url: the control does nothing") }
        case let type:
            let meant = type?.stringValue.flatMap(["python", "process", "http"].nearest)
            surprise(
                .ignoredKey, path["type"],
                "\(type?.inMessage ?? "nothing") is no type of a control, which does nothing",
                hint: meant.map { "did you mean \($0)?" } ?? "use python, process or http")
        }
    }

    private mutating func controlModule(_ module: String, at path: DocumentPath) {
        if module.hasPrefix(".") {
            error(path, "must be the whole name of a module")
        } else if !options.controlModules.contains(module) {
            let meant = options.controlModules.sorted().nearest(to: module)
            warning(
                path, "there is no control \(module), and Python is not run: it does nothing",
                hint: meant.map { "did you mean \($0)?" })
        }
    }
}
