/** Suppliers: how they become one (R41), and orders that go to them. */
export { applyRequest, closeOnboarding, loadOnboarding, understandRequest } from './onboarding.ts'
export { applyTransmission, loadSupplierOrder, supplierOrder, understandTransmission } from './transmission.ts'
