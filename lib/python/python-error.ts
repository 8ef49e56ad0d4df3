type PythonErrorClass =
  | 'ValueError'
  | 'TypeError'
  | 'IndexError'
  | 'KeyError'
  | 'OverflowError'
  | 'AttributeError';

/** An exception that Python raises, with Python's message. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
  readonly pythonClass: PythonErrorClass;

  constructor(pythonClass: PythonErrorClass, message: string) {
    super(message);
    this.pythonClass = pythonClass;
  }
}

export function valueError(message: string): PythonError {
  return new PythonError('ValueError', message);
}
