/// Which conditions are shown with the values that they were about, as in `[STATUS] (500) == 200`.
struct ConditionDisplay: Sendable, Hashable {
    /// Whether values are shown in conditions that failed; Gatus's `ui.dont-resolve-failed-conditions` turns it off.
    var showsValuesOfFailed = true
    /// Whether values are shown in conditions that hold; Gatus's `ui.resolve-successful-conditions`.
    var showsValuesOfMet = false
}
