/** Mistakes with large objects, for their messages: types.test.ts counts the lines, and looks for the reason. */
import { log } from 'dllogger';

type Methods = Record<
  `${'add' | 'sub' | 'mul' | 'div'}${1 | 2 | 3 | 4 | 5}${6 | 7 | 8 | 9}`,
  () => void
>;
/** Like the tensor of TensorFlow.js. */
interface Tensor extends Methods {
  shape: number[];
  dataSync(): Float32Array;
}
interface Model extends Methods {
  name: string;
}
declare const tensor: Tensor;
declare const model: Model;

log([0], { loss: tensor });
log([0], tensor);
log([0], { model });
log([0], model);
