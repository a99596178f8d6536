/** Journals and accounts. */
export { accountNeeds, expenseAccount, journalDocument } from './journal.ts'
