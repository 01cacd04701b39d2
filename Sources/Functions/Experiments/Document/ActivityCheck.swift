import Basics
import JSON

/// Where an activity stands.
enum ActivityPlace {
    case hypothesis, method, rollbacks
    /// A tolerance of type `probe`.
    case tolerance
}

extension DocumentCheck {
    /// The hypothesis, the method and the rollbacks.
    mutating func activities(of document: JSONObject) {
        let references = ReferenceNames(document)
        hypothesis(document["steady-state-hypothesis"], references)
        let path = DocumentPath("method")
        switch document["method"] {
        case nil: error(path, "is missing", hint: "it may be an empty list, to check the hypothesis only")
        case .array(let activities)?:
            for (index, value) in activities.enumerated() { activity(value, at: path[index], .method, references) }
        case let other?: error(path, "must be a list of activities, not \(other.inMessage)")
        }
        rollbacks(document["rollbacks"], references)
    }

    private mutating func hypothesis(_ value: JSONValue?, _ references: ReferenceNames) {
        let path = DocumentPath("steady-state-hypothesis")
        guard let members = mapping(value, at: path, "leave it out, or write title and probes") else { return }
        unknownKeys(members, at: path, known: KnownKeys.hypothesis)
        _ = required("title", of: members, at: path)
        guard let list = members["probes"] else { return }
        guard let probes = list.arrayValue else {
            return error(path["probes"], "must be a list of probes, not \(list.inMessage)")
        }
        for (index, probe) in probes.enumerated() {
            let place = path["probes"][index]
            activity(probe, at: place, .hypothesis, references)
            guard let members = probe.objectValue, !members.isEmpty else { continue }
            guard let tolerance = members["tolerance"] else {
                error(place["tolerance"], "is missing: a probe of the hypothesis says what it must return")
                continue
            }
            let provider = references.resolved(members)["provider"]?["type"]?.stringValue
            self.tolerance(tolerance, at: place["tolerance"], ofProvider: provider, references)
        }
        if !probes.isEmpty, !options.isStrict {
            note(path, "when it is not met before the method, the run ends with exit status 0")
        }
    }

    private mutating func rollbacks(_ value: JSONValue?, _ references: ReferenceNames) {
        let path = DocumentPath("rollbacks")
        switch value {
        case nil: break
        case .array(let activities)?:
            for (index, value) in activities.enumerated() { activity(value, at: path[index], .rollbacks, references) }
        case let other? where [[:], ""].contains(other):
            surprise(.wrongShape, path, "is \(other.inMessage): nothing is rolled back", hint: "write a list")
        case let other?: error(path, "must be a list of activities, not \(other.inMessage)")
        }
    }

    /// One action or probe.
    mutating func activity(
        _ value: JSONValue, at path: DocumentPath, _ place: ActivityPlace, _ references: ReferenceNames
    ) {
        guard let members = value.objectValue, !members.isEmpty else {
            return error(path, "must be a mapping with type, name and provider, not \(value.inMessage)")
        }
        if place != .tolerance { unknownKeys(members, at: path, known: KnownKeys.activity) }
        let isSource = place == .method || place == .hypothesis
        if isSource, let name = members["name"], name.isTruthy, name.arrayValue != nil || name.objectValue != nil {
            error(path["name"], "must be a text, not \(name.inMessage)")
        }
        if let reference = members["ref"], !reference.isNull {
            return self.reference(reference, members, at: path, place, references)
        }
        if let type = required("type", of: members, at: path, "use action or probe"),
            type != "action", type != "probe"
        {
            let meant = type.stringValue.flatMap(["action", "probe"].nearest)
            error(
                path["type"], "there is no activity of type \(type.inMessage)",
                hint: meant.map { "did you mean \($0)?" } ?? "use action or probe")
        }
        _ = required("name", of: members, at: path)
        surroundings(of: members, at: path, place)
        let example = "such as {type: http, url: https://example.com}"
        if let provider = required("provider", of: members, at: path, example),
            let provider = mapping(provider, at: path["provider"], example)
        {
            self.provider(provider, at: path["provider"], place)
        }
    }

    private mutating func reference(
        _ reference: JSONValue, _ members: JSONObject, at path: DocumentPath, _ place: ActivityPlace,
        _ references: ReferenceNames
    ) {
        if let provider = members["provider"], provider.isTruthy {
            // Chaos Toolkit looks into the provider, although it uses that of the referenced activity.
            _ = mapping(provider, at: path["provider"], "leave it out: the referenced activity has one")
        }
        guard let name = reference.stringValue, !name.isEmpty else {
            return error(path["ref"], "must be the name of an activity, not \(reference.inMessage)")
        }
        for key in ["type", "provider", "pauses", "controls", "timeout", "dry"] where members[key] != nil {
            surprise(.ignoredKey, path[key], "has no effect beside ref: the referenced activity's counts")
        }
        guard place != .tolerance else {
            return surprise(.wrongShape, path["ref"], "a tolerance cannot refer to an activity: the run ends here")
        }
        guard let referenced = references.activities[name] else {
            let meant = references.activities.keys.sorted().nearest(to: name)
            let message = "no activity of the method or the hypothesis has the name \"\(name)\""
            let hint = meant.map { "did you mean \($0)?" }
            return place == .method
                ? error(path["ref"], message, hint: hint)
                : surprise(.unknownReference, path["ref"], message, hint: hint)
        }
        if let further = referenced["ref"], further.isTruthy {
            surprise(.unknownReference, path["ref"], "\"\(name)\" is itself a ref, which is not followed")
        }
        if references.repeated.contains(name) {
            warning(path["ref"], "several activities have the name \"\(name)\": the last one is meant")
        }
    }

    /// What stands beside the provider.
    private mutating func surroundings(of members: JSONObject, at path: DocumentPath, _ place: ActivityPlace) {
        if let timeout = members["timeout"], !timeout.isNull {
            if timeout.isPythonNumber {
                surprise(
                    .activityTimeout, path["timeout"], "has no effect here",
                    hint: "write it into the provider, if that is process or http")
            } else {
                error(path["timeout"], "must be a number of seconds, not \(timeout.inMessage)")
            }
        }
        if let pauses = members["pauses"], !pauses.isNull,
            let pauses = mapping(pauses, at: path["pauses"], "such as {before: 5, after: 5}")
        {
            unknownKeys(pauses, at: path["pauses"], known: KnownKeys.pauses)
            for key in KnownKeys.pauses { pause(pauses[key], at: path["pauses"][key]) }
        }
        if let background = members["background"], background.boolValue == nil {
            error(path["background"], "must be true or false, not \(background.inMessage)")
        }
        if members["dry"] != nil {
            surprise(.activityDry, path["dry"], "takes the activity out of dry runs: it is really done")
        }
        switch place {
        case .hypothesis:
            if members["background"] == true {
                surprise(.ignoredKey, path["background"], "has no effect in the hypothesis")
            }
            if members["type"] == "action" { warning(path["type"], "an action in the hypothesis changes the system") }
        case .method, .rollbacks:
            if members["tolerance"] != nil {
                surprise(.ignoredKey, path["tolerance"], "has no effect outside of the hypothesis")
            }
        case .tolerance: break
        }
    }

    private mutating func pause(_ pause: JSONValue?, at path: DocumentPath) {
        switch pause {
        case .string(let text)?:
            if !text.hasPrefix("${") || !text.hasSuffix("}") {
                error(path, "must be a number of seconds or ${variable}, not \(JSONValue.string(text).inMessage)")
            }
        case let pause? where pause.isTruthy:
            if !pause.isPythonNumber || pause.doubleValue ?? 0 < 0 {
                surprise(.wrongShape, path, "must be a number of seconds, not \(pause.inMessage): the run ends here")
            }
        default: break
        }
    }
}

/// The activities that a `ref` may name.
struct ReferenceNames {
    /// By name; of several with one name the last, and the hypothesis after the method.
    private(set) var activities: [String: JSONObject] = [:]
    /// Names that several activities have.
    private(set) var repeated: Set<String> = []

    init(_ document: JSONObject) {
        let probes = document["steady-state-hypothesis"]?["probes"]?.arrayValue ?? []
        for activity in (document["method"]?.arrayValue ?? []) + probes {
            guard let members = activity.objectValue, let name = members["name"]?.stringValue, !name.isEmpty else {
                continue
            }
            if activities.updateValue(members, forKey: name) != nil { repeated.insert(name) }
        }
    }

    /// What an activity's `ref` names; itself when it has none, or one that is not known.
    func resolved(_ activity: JSONObject) -> JSONObject {
        activity["ref"]?.stringValue.flatMap { activities[$0] } ?? activity
    }
}
