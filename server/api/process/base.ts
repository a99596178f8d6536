export const PROCESS_BASE = '/api/process/v1'
