/**
 * Telling an R5 body that came to an R4 endpoint. Only asked about what R4's definitions have refused already: most R5 bodies of these types
 * differ from R4 in few elements, and an R4 body with a mistake must not be called R5.
 */
import type { JsonObject } from '../content.ts'
import { isArray, isObject } from '../json.ts'
import { shapeOf } from '../tables.ts'

/** Types of R5 that R4 does not have. */
const TYPES: ReadonlySet<string> = new Set(
  (
    'ActorDefinition AdministrableProductDefinition ArtifactAssessment BiologicallyDerivedProductDispense Citation ClinicalUseDefinition ConditionDefinition ' +
    'DeviceAssociation DeviceDispense DeviceUsage EncounterHistory EvidenceReport FormularyItem GenomicStudy ImagingSelection Ingredient InventoryItem InventoryReport ' +
    'ManufacturedItemDefinition MedicinalProductDefinition NutritionIntake NutritionProduct PackagedProductDefinition Permission RegulatedAuthorization Requirements ' +
    'SubscriptionStatus SubscriptionTopic SubstanceDefinition TestPlan Transport'
  ).split(' '),
)

/** Elements that R5 has and R4 has not, of the types that supply is told with. */
const ELEMENTS: Readonly<Record<string, string>> = {
  Account: 'billingStatus calculatedAt condition currency diagnosis procedure relatedAccount balance',
  Appointment:
    'cancellationReason class previousAppointment originatingAppointment recurrenceId recurrenceTemplate note patientInstruction virtualService subject account',
  Bundle: 'issues',
  ChargeItem: 'encounter unitPriceComponent totalPriceComponent',
  Device: 'displayName category biologicalSourceEvent name availabilityStatus cycle duration mode endpoint gateway conformsTo mdr additive',
  DeviceRequest: 'doNotPerform quantity reason asNeeded asNeededFor',
  DocumentReference: 'practiceSetting period facilityType event attester bodySite modality version',
  Encounter:
    'actualPeriod plannedStartDate plannedEndDate virtualService careTeam admission dietPreference specialArrangement specialCourtesy subjectStatus reason',
  Endpoint: 'payload environmentType',
  Invoice: 'creation periodDate periodPeriod',
  Location: 'contact characteristic form virtualService',
  Medication: 'definition marketingAuthorizationHolder totalVolume',
  MedicationAdministration: 'occurenceDateTime occurenceTiming occurencePeriod recorded basedOn isSubPotent subPotentReason encounter reason',
  MedicationDispense: 'basedOn recorded fullyConsumed notPerformedReason statusChanged encounter renderedDosageInstruction event',
  MedicationRequest: 'effectiveDosePeriod informationSource renderedDosageInstruction reason device',
  Organization: 'contact description qualification',
  Practitioner: 'deceasedBoolean deceasedDateTime',
  PractitionerRole: 'contact availability communication display',
  Procedure:
    'occurrenceDateTime occurrencePeriod occurrenceString occurrenceAge occurrenceRange occurrenceTiming used recorded reportedBoolean reportedReference reason focus supportingInfo',
  Provenance: 'basedOn patient encounter authorization why',
  Subscription: 'topic managingEntity name filterBy channelType heartbeatPeriod timeout contentType content maxCount endpoint parameter',
  SupplyDelivery: 'stage',
  SupplyRequest: 'basedOn deliverFor reason',
  Task: 'requestedProducer requestedPerformer performedPeriod reason statusReason transformInput',
}
/** Elements that repeat in R5 and not in R4, or hold an object there and a plain value here. */
const REPEATING: Readonly<Record<string, readonly string[]>> = {
  SupplyDelivery: ['suppliedItem'],
  Encounter: ['class', 'serviceType'],
  Procedure: ['category'],
  Device: ['type'],
  Appointment: ['class'],
  Endpoint: ['connectionType'],
}

/** Why the body is FHIR R5, or null when nothing says so. */
export function laterSign(resource: JsonObject): string | null {
  const type = resource['resourceType']
  if (typeof type !== 'string') return null
  if (TYPES.has(type)) return `${type} exists from R4B or R5 on`
  const own = new Set((Object.hasOwn(ELEMENTS, type) ? (ELEMENTS[type] ?? '') : '').split(' '))
  const known = shapeOf(type)?.properties
  for (const key of Object.keys(resource)) if (own.has(key) && known?.has(key) !== true) return `${type}.${key} is an element of R5`
  const repeating = Object.hasOwn(REPEATING, type) ? (REPEATING[type] ?? []) : []
  for (const key of repeating) if (isArray(resource[key]) && known?.get(key)?.max === 1) return `${type}.${key} repeats in R5`
  for (const [path, name] of WITHIN[type] ?? []) {
    const inner = resource[path]
    for (const each of isArray(inner) ? inner : [inner ?? null]) if (isObject(each) && name in each) return `${type}.${path}.${name} is an element of R5`
  }
  for (const [path, name] of REPEATING_WITHIN[type] ?? []) {
    const inner = resource[path]
    for (const each of isArray(inner) ? inner : [inner ?? null]) if (isObject(each) && isArray(each[name])) return `${type}.${path}.${name} repeats in R5`
  }
  return codeableReference(resource, type, 0)
}

/** Datatypes of R5 as values of extensions. */
const VALUES = /^value(?:Availability|CodeableReference|ExtendedContactDetail|Integer64|MonetaryComponent|RatioRange|VirtualServiceDetail)$/

const REPEATING_WITHIN: Readonly<Record<string, readonly (readonly [string, string])[]>> = { Organization: [['contact', 'name']] }

/** Elements of R5 one level down. */
const WITHIN: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  MessageHeader: [
    ['source', 'endpointUrl'],
    ['source', 'endpointReference'],
    ['destination', 'endpointUrl'],
    ['destination', 'endpointReference'],
  ],
}

/** `{"concept": {}}` and `{"reference": {"reference": ""}}`: R5's CodeableReference, where R4 has a concept or a reference alone. */
function codeableReference(value: JsonObject, path: string, depth: number): string | null {
  for (const [key, inner] of Object.entries(value)) {
    if (VALUES.test(key)) return `${path}.${key} has a datatype of R5`
    for (const each of isArray(inner) ? inner : [inner]) {
      if (!isObject(each)) continue
      const { concept, reference } = each
      const alone = Object.keys(each).every((name) => ['concept', 'reference', 'id', 'extension'].includes(name))
      if (alone && (isObject(concept ?? null) || isObject(reference ?? null))) return `${path}.${key} is a CodeableReference of R5`
      const deeper = depth < 3 && !('resourceType' in each) ? codeableReference(each, `${path}.${key}`, depth + 1) : null
      if (deeper !== null) return deeper
    }
  }
  return null
}
